import { judgeRequirement, mustBe, mustBeOneOf, type Requirement } from '../../requirement.ts';
import { doesNotConcern, found, type ResourceRule } from '../../rule.ts';
import { STORAGE_ACCOUNT, typeKeyOf } from '../../typeKey.ts';

const REQUIRED: ReadonlyMap<string, Requirement> = new Map([
  [STORAGE_ACCOUNT, mustBe('allowBlobPublicAccess', false, { violates: 'the service then decides, by the age of the account' })],
  ['storage:BlobContainer', mustBeOneOf('publicAccess', ['None'], { passes: 'the service leaves it private' })],
]);

/** Packages and records are for named identities, not for whoever knows an address. */
export const storageNoPublicBlobs: ResourceRule = {
  kind: 'resource',
  name: 'storage-no-public-blobs',
  displayName: 'No public blobs',
  description: 'Storage accounts allow no public blobs, and no container is public.',
  group: 'security',
  severity: 'high',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: true,
  controls: { mcsb: ['NS-2'], cis: ['4.6'], azurePolicy: { account: '4fa4b6c0-31ca-4c0d-b10d-24b96f62a751' } },
  remediationSteps: 'Set allowBlobPublicAccess: false on the account, and publicAccess: None on each container.',
  url: 'https://learn.microsoft.com/azure/storage/blobs/anonymous-read-access-prevent',
  judge({ type, props }) {
    const requirement = REQUIRED.get(typeKeyOf(type));
    return requirement === undefined ? doesNotConcern('The resource is neither a storage account nor a container.') : found([judgeRequirement(props, requirement)]);
  },
};

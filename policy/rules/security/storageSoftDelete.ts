import { judgeRequirement, mustBe, type Requirement } from '../../requirement.ts';
import { doesNotConcern, found, violation, type Finding, type StackResource, type StackRule } from '../../rule.ts';
import { settingValue } from '../../setting.ts';
import { isMadeFrom, labelOf, ofTypes } from '../../stackResources.ts';
import { STORAGE_ACCOUNT } from '../../typeKey.ts';

const POLICIES = ['deleteRetentionPolicy', 'containerDeleteRetentionPolicy'] as const;
/** Source: learn.microsoft.com, "Soft delete for blobs": 1 to 365 days. */
const MINIMUM_DAYS = { name: 'minimumDays', description: 'The shortest time in which a deleted blob or container may be brought back, in days.', default: 7, minimum: 1, maximum: 365 };

/** Blobs and containers are kept by switches of their own, both off by default: who asks for one has not asked for the other. */
export const storageSoftDelete: StackRule = {
  kind: 'stack',
  name: 'storage-soft-delete',
  displayName: 'Deleted blobs and containers can be brought back',
  description: 'Each storage account keeps deleted blobs and deleted containers for at least the configured number of days.',
  group: 'security',
  severity: 'medium',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: false,
  controls: {},
  framework: { name: 'PSRule for Azure', version: 'v1', reference: 'Azure.Storage.SoftDelete, Azure.Storage.ContainerSoftDelete', specification: 'Enable blob and container soft delete on storage accounts.' },
  remediationSteps: `Add a BlobServiceProperties to the account, with ${POLICIES.join(' and ')}: enabled true, and days.`,
  url: 'https://learn.microsoft.com/azure/storage/blobs/soft-delete-blob-overview',
  settings: [MINIMUM_DAYS],
  judge(resources, given) {
    const accounts = ofTypes(resources, [STORAGE_ACCOUNT]);
    if (accounts.length === 0) return doesNotConcern('The stack has no storage account.');
    const services = ofTypes(resources, ['storage:BlobServiceProperties']);
    return found(accounts.flatMap((account) => {
      const own = services.filter((service) => isMadeFrom(service, 'accountName', account));
      return own.length === 0 ? [violation(`${labelOf(account)} keeps nothing of what is deleted. Add a BlobServiceProperties.`, account.urn)] : own.flatMap((service) => judgeService(service, settingValue(MINIMUM_DAYS, given)));
    }));
  },
};

function judgeService(service: StackResource, minimum: number): (Finding | undefined)[] {
  const requirements = POLICIES.flatMap((policy): Requirement[] => [
    mustBe(`${policy}.enabled`, true, { violates: 'what is deleted is then gone' }),
    { input: `${policy}.days`, allowed: `at least ${minimum} days`, accepts: (value) => typeof value === 'number' && value >= minimum, omitted: { violates: 'what is deleted is then gone' } },
  ]);
  return requirements.map((requirement) => {
    const finding = judgeRequirement(service.props, requirement);
    return finding && { message: `${labelOf(service)}: ${finding.message}`, judged: finding.judged, urn: service.urn };
  });
}

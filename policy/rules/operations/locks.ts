import { keptAccounts } from '../../keptAccounts.ts';
import { doesNotConcern, found, violation, type StackRule } from '../../rule.ts';
import { isMadeFrom, labelOf, ofTypes } from '../../stackResources.ts';
import { VAULT } from '../../typeKey.ts';

/** A lock stops what a role allows: a deletion by mistake, in the portal or by a pipeline. */
export const locks: StackRule = {
  kind: 'stack',
  name: 'locks',
  displayName: 'What cannot be made again is locked',
  description: 'Vaults, workspaces and the storage accounts that hold records under a retention policy have a lock.',
  group: 'operations',
  severity: 'medium',
  enforcementLevel: 'advisory',
  blocksOnUnknown: false,
  controls: {},
  remediationSteps: 'Add a ManagementLockByScope with level CanNotDelete whose scope is made from the id of the resource.',
  url: 'https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources',
  judge(resources) {
    const kept = [...ofTypes(resources, [VAULT, 'operationalinsights:Workspace']), ...keptAccounts(resources)];
    if (kept.length === 0) return doesNotConcern('The stack has neither vault nor workspace nor records.');
    const all = ofTypes(resources, ['authorization:ManagementLockByScope']);
    return found(kept.map((one) => (all.some((lock) => isMadeFrom(lock, 'scope', one)) ? undefined : violation(`${labelOf(one)} has no lock. Add a ManagementLockByScope to it.`, one.urn))));
  },
};

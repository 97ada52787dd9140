import { keptAccounts } from '../../keptAccounts.ts';
import { readInput } from '../../readInput.ts';
import { doesNotConcern, found, violation, type StackRule } from '../../rule.ts';
import { isMadeFrom, labelOf, ofTypes } from '../../stackResources.ts';
import { VAULT } from '../../typeKey.ts';

/** Another level would stop the server as well: with ReadOnly nobody can assign a role or read a connection string. */
const LEVEL = 'CanNotDelete';

/** A lock stops what a role allows: a deletion by mistake, in the portal or by a pipeline. */
export const locks: StackRule = {
  kind: 'stack',
  name: 'locks',
  displayName: 'What cannot be made again is locked',
  description: 'Vaults, workspaces and the storage accounts that hold records under a retention policy have a lock against deletion.',
  group: 'operations',
  severity: 'medium',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: false,
  controls: {},
  remediationSteps: 'Add a ManagementLockByScope with level CanNotDelete whose scope is made from the id of the resource.',
  url: 'https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources',
  judge(resources) {
    const kept = [...ofTypes(resources, [VAULT, 'operationalinsights:Workspace']), ...keptAccounts(resources)];
    if (kept.length === 0) return doesNotConcern('The stack has neither vault nor workspace nor records.');
    const all = ofTypes(resources, ['authorization:ManagementLockByScope']).filter(({ props }) => {
      const level = readInput(props, 'level');
      return level.state === 'unknown' || (level.state === 'known' && level.value === LEVEL);
    });
    return found(kept.map((one) => (all.some((lock) => isMadeFrom(lock, 'scope', one)) ? undefined : violation(`${labelOf(one)} has no lock. Add a ManagementLockByScope to it, with level ${LEVEL}.`, one.urn))));
  },
};

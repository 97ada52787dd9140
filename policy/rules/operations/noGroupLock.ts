import { readInput } from '../../readInput.ts';
import { doesNotConcern, found, notJudged, violation, type ResourceRule } from '../../rule.ts';
import { typeKeyOf } from '../../typeKey.ts';

const WIDE_LOCKS = ['authorization:ManagementLockAtResourceGroupLevel', 'authorization:ManagementLockAtSubscriptionLevel'];
const WIDE_SCOPE = /^\/subscriptions\/[^/]+(?:\/resourceGroups\/[^/]+)?\/?$/i;
const ALLOWED = 'Allowed: a lock on a single resource.';

/** A lock on a group also stops the deletion of role assignments and of old slots: rights can then be given and not taken away. */
export const noGroupLock: ResourceRule = {
  kind: 'resource',
  name: 'no-group-lock',
  displayName: 'No lock on a whole group',
  description: 'Locks stand on single resources, not on resource groups or subscriptions.',
  group: 'operations',
  severity: 'medium',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: false,
  controls: {},
  remediationSteps: 'Lock the single resources that must not go.',
  url: 'https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources',
  judge({ type, props }) {
    const key = typeKeyOf(type);
    if (WIDE_LOCKS.includes(key)) return found([violation(`The lock stands on a whole group or subscription. ${ALLOWED}`)]);
    if (key !== 'authorization:ManagementLockByScope') return doesNotConcern('The resource is no lock.');
    const scope = readInput(props, 'scope');
    if (scope.state === 'unknown') return found([notJudged('scope', ALLOWED)]);
    return found([scope.state === 'known' && !WIDE_SCOPE.test(String(scope.value)) ? undefined : violation(`scope is a whole group or subscription, or left out. ${ALLOWED}`)]);
  },
};

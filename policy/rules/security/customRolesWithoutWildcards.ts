import { isRecord, readInput, readItems, type Reading } from '../../readInput.ts';
import { doesNotConcern, found, notJudged, violation, type Finding, type ResourceRule } from '../../rule.ts';
import { typeKeyOf } from '../../typeKey.ts';

const LISTS = ['actions', 'dataActions'] as const;
const ALLOWED = 'Allowed: operations in full.';

/** A wildcard grows by itself: with each operation that Azure adds. */
export const customRolesWithoutWildcards: ResourceRule = {
  kind: 'resource',
  name: 'custom-roles-without-wildcards',
  displayName: 'Custom roles name their operations',
  description: 'Custom roles name each operation in full, without wildcards.',
  group: 'security',
  severity: 'high',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: true,
  controls: {},
  remediationSteps: 'Name each operation in actions and dataActions of the role.',
  url: 'https://learn.microsoft.com/azure/role-based-access-control/custom-roles',
  judge({ type, props }) {
    if (typeKeyOf(type) !== 'authorization:RoleDefinition') return doesNotConcern('The resource is no custom role.');
    const permissions = readInput(props, 'permissions');
    if (permissions.state === 'unknown') return found([notJudged('permissions', ALLOWED)]);
    return found((permissions.state === 'known' ? readItems(permissions.value) ?? [] : []).flatMap((permission, place) => judgePermission(permission, `permissions[${place}]`)));
  },
};

function judgePermission(permission: Reading, label: string): (Finding | undefined)[] {
  if (permission.state === 'unknown') return [notJudged(label, ALLOWED)];
  if (permission.state === 'absent' || !isRecord(permission.value)) return [];
  const lists = permission.value;
  return LISTS.flatMap((name) => {
    const list = readInput(lists, name);
    if (list.state === 'unknown') return [notJudged(`${label}.${name}`, ALLOWED)];
    return (list.state === 'known' ? readItems(list.value) ?? [] : []).map((operation, place) => {
      if (operation.state === 'unknown') return notJudged(`${label}.${name}[${place}]`, ALLOWED);
      return operation.state === 'known' && String(operation.value).includes('*') ? violation(`${label}.${name}[${place}] has a wildcard. ${ALLOWED}`) : undefined;
    });
  });
}

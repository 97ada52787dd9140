import { isRecord, readInput, readItems, type Reading } from '../../readInput.ts';
import { doesNotConcern, found, notJudged, violation, type Finding, type ResourceRule } from '../../rule.ts';
import { typeKeyOf } from '../../typeKey.ts';

const LISTS = ['actions', 'dataActions'] as const;
/** Operations that change nothing that is there, nor who may do what. Source: learn.microsoft.com, "Azure permissions for Storage" and "… for Security". */
const HARMLESS = /^[\w./]+\/(?:read|add\/action|sign\/action|verify\/action)$/i;
const ALLOWED = 'Allowed: operations in full that read, add, sign or verify.';

/** A wildcard grows by itself: with each operation that Azure adds. And who may overwrite or delete can remove what tells of it. */
export const customRolesWithoutWildcards: ResourceRule = {
  kind: 'resource',
  name: 'custom-roles-without-wildcards',
  displayName: 'Custom roles name harmless operations',
  description: 'Custom roles name each operation in full, without wildcards, and none that overwrites, deletes or hands out rights.',
  group: 'security',
  severity: 'high',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: true,
  controls: {},
  remediationSteps: 'Name each operation in actions and dataActions of the role: such as read, add, sign or verify.',
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
    return (list.state === 'known' ? readItems(list.value) ?? [] : []).map((operation, place) => judgeOperation(operation, `${label}.${name}[${place}]`));
  });
}

function judgeOperation(operation: Reading, label: string): Finding | undefined {
  if (operation.state === 'unknown') return notJudged(label, ALLOWED);
  const text = operation.state === 'known' ? String(operation.value) : '';
  if (text.includes('*')) return violation(`${label} has a wildcard. ${ALLOWED}`);
  return HARMLESS.test(text) ? undefined : violation(`${label} does more than read, add, sign or verify. ${ALLOWED}`);
}

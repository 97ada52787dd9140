import { accessRows, type AccessFilter, type AccessRow } from './accessRows.ts';
import { BLUEPRINT, type Snapshot } from './snapshot.ts';

/** Who got tokens for the application. Source: learn.microsoft.com, "Manage access to an application", section "Requiring user assignment for an app". */
export type TokensFor = 'nobody' | 'the assigned' | 'everybody in the tenant';

export function tokensFor({ enabled, assignmentRequired }: Snapshot['application']): TokensFor {
  if (!enabled) return 'nobody';
  return assignmentRequired ? 'the assigned' : 'everybody in the tenant';
}

/** What an auditor would not see in the rows: who is assigned and gets nothing by it, and what the directory did not tell. */
export function noticesOf(snapshot: Snapshot, filter: AccessFilter, rows: readonly AccessRow[], atMs: number): string[] {
  const known = new Set([...snapshot.users, ...snapshot.servicePrincipals, ...snapshot.groups].map(({ id }) => id));
  const gone = [...new Set(snapshot.assignments.map(({ principalId }) => principalId).filter((id) => !known.has(id)))];
  const untold = snapshot.users.filter(({ enabled }) => enabled === null).length;
  return [
    ...snapshot.groups.flatMap(noticesOfGroup),
    // Source: learn.microsoft.com, "Configure inheritable permissions for agent identity blueprints".
    ...snapshot.servicePrincipals.filter(({ type }) => type === BLUEPRINT).map(({ id }) => `${id} is a blueprint of agent identities: those made from it may inherit its roles and scopes, and are not among the rows.`),
    ...gone.map((id) => `${id} is assigned a role and was not in the directory any more.`),
    ...(untold === 0 ? [] : [`Of ${untold} people the directory did not tell whether their account was enabled: reading it takes User.Read.All.`]),
    ...snapshot.catalogue.tools.filter(({ name, rules }) => rules.length > 0 && rows.some(({ tools }) => tools.includes(name))).map(({ name, rules }) => `${name} refuses some arguments to some callers, by the rules ${rules.join(', ')}.`),
    ...(rows.length > 0 ? [] : noticesOfNone(snapshot, filter, atMs)),
  ];
}

function noticesOfGroup({ id, securityEnabled, membershipHidden, members }: Snapshot['groups'][number]): string[] {
  const others = (kind: string): string => members.filter((member) => member.kind === kind).map((member) => member.id).join(', ');
  const [nested, principals] = [others('group'), others('servicePrincipal')];
  return [
    ...(nested === '' ? [] : [`Group ${id} holds ${nested}: members of a group in a group get no role by it.`]),
    ...(principals === '' ? [] : [`Group ${id} holds the service principals ${principals}: a group gives them no role.`]),
    ...(securityEnabled ? [] : [`Group ${id} is not security-enabled: it gives no role.`]),
    ...(membershipHidden && members.length === 0 ? [`The members of group ${id} are hidden, and whoever took the snapshot lacked Member.Read.Hidden: who is in it is not known.`] : []),
  ];
}

/** Why nothing was found of somebody. */
function noticesOfNone(snapshot: Snapshot, { person }: AccessFilter, atMs: number): string[] {
  if (person === undefined) return [];
  if (accessRows(snapshot, { person }, atMs).length > 0) return [`${person} could call something, and nothing of what was asked about.`];
  const held = `${person} held no role that opens a tool, neither directly nor as a direct member of a group.`;
  switch (tokensFor(snapshot.application)) {
    case 'nobody':
      return [`${held} The application was disabled: nobody got a token.`];
    case 'the assigned':
      return [`${held} Whoever is not assigned gets no token.`];
    case 'everybody in the tenant':
      return [`${held} A token could be had, and would have opened none.`];
  }
}

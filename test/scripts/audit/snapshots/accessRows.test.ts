import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { accessRows, type AccessFilter, type AccessRow } from '../../../../scripts/audit/snapshots/accessRows.ts';
import { noticesOf, tokensFor } from '../../../../scripts/audit/snapshots/notices.ts';
import type { Snapshot } from '../../../../scripts/audit/snapshots/snapshot.ts';
import { ADA, AGENT, DAEMON, EDITOR, GRACE, guid, IDENTITY, INNER, OUTER, ROLE, snapshotWith, toApplication, toGroup, toUser, WEB } from './support/snapshotWith.ts';

const AT = Date.parse('2026-11-24T12:00:00Z');
const group = (id: string, members: Snapshot['groups'][number]['members'], more: Partial<Snapshot['groups'][number]> = {}): Snapshot['groups'][number] => ({ id, securityEnabled: true, membershipHidden: false, members, ...more });
const rule = (kind: 'principal' | 'client' | 'tool', value: string, until?: string): Snapshot['denyRules'][number] => ({ id: `deny-${kind}`, kind, value, by: guid('7'), at: '2026-11-24T11:00:00Z', ...(until === undefined ? {} : { until }) });
/** `who via: client → tools [block]` */
const brief = ({ principal, via, client, tools, blockedBy }: AccessRow): string => `${principal[0]} ${via.replace(/^group (.).*/, 'group $1')}: ${client?.[0] ?? '-'} → ${tools.join('+')}${blockedBy === null ? '' : ` [${blockedBy.reason}${'kind' in blockedBy ? ` ${blockedBy.kind}` : ''}]`}`;

const deprecated = (sunsetOn: string): Snapshot['catalogue'] => ({ ...snapshotWith().catalogue, tools: snapshotWith().catalogue.tools.map((tool) => (tool.name === 'whoami' ? { ...tool, stage: 'deprecated', sunsetOn } : tool)) });
const ADA_CALLS = { assignments: [toUser(ADA, ROLE.whoami)] };
const cases: { title: string; snapshot: Partial<Snapshot>; filter?: AccessFilter; expected: string[] }[] = [
  { title: 'nobody is assigned', snapshot: {}, expected: [] },
  { title: 'a person calls by a role of its own and a client with the scope', snapshot: ADA_CALLS, expected: ['a direct: 8 → whoami'] },
  { title: 'without a client with the scope a person calls nothing', snapshot: { ...ADA_CALLS, preauthorized: [] }, expected: ['a direct: - → whoami [no-client]'] },
  { title: 'a client without the scope of the tool does not count', snapshot: { ...ADA_CALLS, preauthorized: [{ clientId: EDITOR, scopes: ['lookup'] }] }, expected: ['a direct: - → whoami [no-client]'] },
  { title: 'a disabled scope does not count', snapshot: { ...ADA_CALLS, scopes: [{ id: guid('1'), value: 'whoami', enabled: false }] }, expected: ['a direct: - → whoami [no-client]'] },
  {
    title: 'consent of one person is for that person, admin consent for all',
    snapshot: { preauthorized: [], assignments: [toUser(ADA, ROLE.whoami), toUser(GRACE, ROLE.whoami)], grants: [{ servicePrincipalId: WEB, person: ADA, scopes: ['whoami'] }, { servicePrincipalId: DAEMON, person: null, scopes: ['whoami'] }] },
    expected: ['a direct: 9 → whoami', 'a direct: c → whoami', 'b direct: c → whoami'],
  },
  { title: 'a grant to a client that is gone does not count', snapshot: { ...ADA_CALLS, preauthorized: [], grants: [{ servicePrincipalId: guid('7'), person: null, scopes: ['whoami'] }] }, expected: ['a direct: - → whoami [no-client]'] },
  { title: 'the umbrella role opens every tool, and no scope', snapshot: { assignments: [toUser(ADA, ROLE.all)], preauthorized: [{ clientId: EDITOR, scopes: ['lookup'] }] }, expected: ['a direct: 8 → lookup'] },
  { title: 'an application, a managed identity and an agent call by themselves', snapshot: { assignments: [DAEMON, IDENTITY, AGENT].map((id) => toApplication(id, ROLE.all)) }, expected: ['c direct: c → lookup+whoami', 'd direct: d → lookup+whoami', 'e direct: e → lookup+whoami'] },
  { title: 'a direct member of a group has its role, one by nesting and a service principal have not', snapshot: { assignments: [toGroup(OUTER, ROLE.whoami)], groups: [group(OUTER, [{ id: ADA, kind: 'user' }, { id: INNER, kind: 'group' }, { id: DAEMON, kind: 'servicePrincipal' }])] }, expected: ['a group f: 8 → whoami'] },
  { title: 'each ground has a row of its own', snapshot: { assignments: [toUser(ADA, ROLE.lookup), toGroup(OUTER, ROLE.whoami)], groups: [group(OUTER, [{ id: ADA, kind: 'user' }])] }, expected: ['a direct: 8 → lookup', 'a group f: 8 → whoami'] },
  { title: 'a group that is not security-enabled, and one that is gone, give nothing', snapshot: { assignments: [toGroup(OUTER, ROLE.whoami), toGroup(INNER, ROLE.whoami)], groups: [group(OUTER, [{ id: ADA, kind: 'user' }], { securityEnabled: false })] }, expected: [] },
  { title: 'a person who is gone holds nothing', snapshot: { ...ADA_CALLS, users: [] }, expected: [] },
  { title: 'a role for applications gives people nothing, and one for people applications nothing', snapshot: { assignments: [toUser(ADA, ROLE.appsOnly), toApplication(DAEMON, ROLE.whoami)], roles: [{ id: ROLE.appsOnly, value: 'Tools.whoami', enabled: true, memberTypes: ['Application'] }, { id: ROLE.whoami, value: 'Tools.lookup', enabled: true, memberTypes: ['User'] }] }, expected: [] },
  { title: 'a disabled role, and the assignment without a role, give nothing', snapshot: { assignments: [toUser(ADA, ROLE.whoami), toUser(GRACE, '00000000-0000-0000-0000-000000000000')], roles: [{ id: ROLE.whoami, value: 'Tools.whoami', enabled: false, memberTypes: ['User'] }] }, expected: [] },
  { title: 'a disabled tool is called by nobody', snapshot: { assignments: [toUser(ADA, ROLE.all)], catalogue: { ...snapshotWith().catalogue, tools: snapshotWith().catalogue.tools.map((tool) => ({ ...tool, stage: tool.name === 'lookup' ? 'disabled' as const : tool.stage })) } }, expected: ['a direct: 8 → whoami'] },
  { title: 'a deprecated tool is called until its sunset day', snapshot: { assignments: [toUser(ADA, ROLE.whoami)], catalogue: deprecated('2026-11-25') }, expected: ['a direct: 8 → whoami'] },
  { title: 'from its sunset day on nobody calls it, and no consent would help', snapshot: { assignments: [toUser(ADA, ROLE.whoami), toApplication(DAEMON, ROLE.whoami)], preauthorized: [], catalogue: deprecated('2026-11-24') }, expected: ['a direct: - → whoami [tool-retired]', 'c direct: c → whoami [tool-retired]'] },
  { title: 'for a disabled application no token is issued', snapshot: { ...ADA_CALLS, application: { ...snapshotWith().application, enabled: false } }, expected: ['a direct: 8 → whoami [application-disabled]'] },
  { title: 'a disabled account', snapshot: { ...ADA_CALLS, users: [{ id: ADA, enabled: false }] }, expected: ['a direct: 8 → whoami [principal-disabled]'] },
  { title: 'an account of which the directory did not tell is taken for enabled', snapshot: { ...ADA_CALLS, users: [{ id: ADA, enabled: null }] }, expected: ['a direct: 8 → whoami'] },
  { title: 'a disabled client', snapshot: { ...ADA_CALLS, servicePrincipals: [{ id: WEB, clientId: EDITOR, type: 'Application', enabled: false }] }, expected: ['a direct: 8 → whoami [client-disabled]'] },
  { title: 'a rule against the person, before one against the client or the tool', snapshot: { ...ADA_CALLS, denyRules: [rule('tool', 'whoami'), rule('client', EDITOR), rule('principal', ADA.toUpperCase())] }, expected: ['a direct: 8 → whoami [deny-rule principal]'] },
  { title: 'a rule against the client', snapshot: { assignments: [toUser(ADA, ROLE.whoami), toApplication(DAEMON, ROLE.whoami)], denyRules: [rule('client', EDITOR)] }, expected: ['a direct: 8 → whoami [deny-rule client]', 'c direct: c → whoami'] },
  { title: 'a rule against a tool blocks it alone, for everybody', snapshot: { assignments: [toUser(ADA, ROLE.all), toApplication(DAEMON, ROLE.all)], denyRules: [rule('tool', 'whoami')] }, expected: ['a direct: 8 → lookup', 'a direct: 8 → whoami [deny-rule tool]', 'c direct: c → lookup', 'c direct: c → whoami [deny-rule tool]'] },
  { title: 'a rule that has ended by the asked time', snapshot: { ...ADA_CALLS, denyRules: [rule('principal', ADA, '2026-11-24T11:59:59Z')] }, expected: ['a direct: 8 → whoami'] },
  { title: 'a rule that ends later', snapshot: { ...ADA_CALLS, denyRules: [rule('principal', ADA, '2026-11-24T12:00:01Z')] }, expected: ['a direct: 8 → whoami [deny-rule principal]'] },
  { title: '--person takes any principal, in any case', snapshot: { assignments: [toUser(ADA, ROLE.whoami), toApplication(DAEMON, ROLE.whoami)] }, filter: { person: DAEMON.toUpperCase() }, expected: ['c direct: c → whoami'] },
  { title: '--client', snapshot: { ...ADA_CALLS, grants: [{ servicePrincipalId: WEB, person: null, scopes: ['whoami'] }] }, filter: { client: WEB }, expected: ['a direct: 9 → whoami'] },
  { title: '--tool', snapshot: { assignments: [toUser(ADA, ROLE.all), toUser(GRACE, ROLE.whoami)] }, filter: { tool: 'lookup' }, expected: ['a direct: 8 → lookup'] },
];

describe('who could call what', () => {
  for (const { title, snapshot, filter = {}, expected } of cases) {
    it(title, () => assert.deepEqual(accessRows(snapshotWith(snapshot), filter, AT).map(brief), expected));
  }

  it('names kinds, and on which grounds a client acts', () => {
    const snapshot = snapshotWith({
      assignments: [toUser(ADA, ROLE.whoami), ...[DAEMON, IDENTITY, AGENT, WEB].map((id) => toApplication(id, ROLE.whoami))],
      servicePrincipals: snapshotWith().servicePrincipals.map((principal) => (principal.id === WEB ? { ...principal, type: 'Legacy' } : principal)),
      preauthorized: [{ clientId: WEB, scopes: ['whoami'] }],
      grants: [{ servicePrincipalId: WEB, person: null, scopes: ['whoami'] }, { servicePrincipalId: WEB, person: ADA, scopes: ['lookup'] }],
    });
    assert.deepEqual(accessRows(snapshot, {}, AT).map(({ kind, consent }) => [kind, consent]), [['servicePrincipal', []], ['user', ['admin', 'preauthorized', 'user']], ['application', []], ['managedIdentity', []], ['agentIdentity', []]]);
  });
});

describe('what an auditor would not see in the rows', () => {
  const notices = (more: Partial<Snapshot>, filter: AccessFilter = {}): string[] => {
    const snapshot = snapshotWith(more);
    return noticesOf(snapshot, filter, accessRows(snapshot, filter, AT), AT);
  };

  it('tells of groups: nested ones, service principals, hidden members, not security-enabled', () => {
    assert.deepEqual(notices({ ...ADA_CALLS, groups: [group(OUTER, [{ id: INNER, kind: 'group' }, { id: DAEMON, kind: 'servicePrincipal' }])] }), [
      `Group ${OUTER} holds ${INNER}: members of a group in a group get no role by it.`,
      `Group ${OUTER} holds the service principals ${DAEMON}: a group gives them no role.`,
    ]);
    assert.match(notices({ ...ADA_CALLS, groups: [group(OUTER, [], { membershipHidden: true })] })[0] ?? '', /hidden.*Member\.Read\.Hidden/);
    assert.match(notices({ ...ADA_CALLS, groups: [group(OUTER, [], { securityEnabled: false })] })[0] ?? '', /not security-enabled/);
  });

  it('tells of a blueprint, whose agent identities may inherit what it holds', () => {
    const servicePrincipals = snapshotWith().servicePrincipals.map((principal) => ({ ...principal, type: principal.id === DAEMON ? 'AgentIdentityBlueprint' : principal.type }));
    assert.deepEqual(notices({ ...ADA_CALLS, servicePrincipals }), [`${DAEMON} is a blueprint of agent identities: those made from it may inherit its roles and scopes, and are not among the rows.`]);
  });

  it('tells of the assigned who were gone, and of accounts that the directory did not tell of', () => {
    assert.deepEqual(notices({ assignments: [toUser(ADA, ROLE.whoami), toUser(guid('7'), ROLE.whoami)], users: [{ id: ADA, enabled: null }] }), [
      `${guid('7')} is assigned a role and was not in the directory any more.`,
      'Of 1 people the directory did not tell whether their account was enabled: reading it takes User.Read.All.',
    ]);
  });

  it('tells of rules over the arguments of tools that somebody could call', () => {
    const { catalogue } = snapshotWith();
    const withRules = { catalogue: { ...catalogue, tools: catalogue.tools.map((tool) => ({ ...tool, rules: ['large-limits', 'own-data'] })) } };
    assert.deepEqual(notices({ ...ADA_CALLS, ...withRules }), ['whoami refuses some arguments to some callers, by the rules large-limits, own-data.']);
  });

  it('says why nothing is found of somebody', () => {
    assert.match(notices({}, { person: ADA })[0] ?? '', /held no role.*Whoever is not assigned gets no token/);
    assert.match(notices({ application: { ...snapshotWith().application, assignmentRequired: false } }, { person: ADA })[0] ?? '', /A token could be had, and would have opened none/);
    assert.match(notices({ application: { ...snapshotWith().application, enabled: false } }, { person: ADA })[0] ?? '', /nobody got a token/);
    assert.match(notices(ADA_CALLS, { person: ADA, tool: 'lookup' })[0] ?? '', /could call something, and nothing of what was asked about/);
  });

  it('says who got tokens at all', () => {
    const { application } = snapshotWith();
    assert.deepEqual([application, { ...application, assignmentRequired: false }, { ...application, enabled: false }].map(tokensFor), ['the assigned', 'everybody in the tenant', 'nobody']);
  });
});

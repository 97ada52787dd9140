import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { digestOfDefinition as digestOfServer } from '../../../../app/audit/lines.ts';
import { tools } from '../../../../app/tools/index.ts';
import { canonicalJson } from '../../../../scripts/audit/snapshots/canonicalJson.ts';
import type { Tool } from '../../../../app/tools/index.ts';
import { catalogueOf } from '../../../../scripts/audit/snapshots/catalogue.ts';
import type { DirectoryFacts } from '../../../../scripts/audit/snapshots/readDirectory.ts';
import { blobOf, buildSnapshot, parseSnapshot, textOf } from '../../../../scripts/audit/snapshots/snapshot.ts';
import { ADA, DAEMON, EDITOR, GRACE, guid, INNER, OUTER, ROLE, snapshotWith, WEB } from './support/snapshotWith.ts';

const directory: DirectoryFacts = {
  tenantId: guid('7'),
  application: {
    id: guid('5'), appId: guid('6'),
    appRoles: [{ id: ROLE.whoami, value: 'Tools.whoami', isEnabled: true, allowedMemberTypes: ['User', 'Application'] }, { id: ROLE.lookup, value: null, isEnabled: false, allowedMemberTypes: ['User'] }],
    api: {
      oauth2PermissionScopes: [{ id: guid('1'), value: 'whoami', isEnabled: true }, { id: guid('2'), value: 'lookup', isEnabled: false }],
      preAuthorizedApplications: [{ appId: EDITOR, delegatedPermissionIds: [guid('1'), guid('2'), guid('3')] }],
    },
  },
  servicePrincipal: { id: guid('4'), accountEnabled: true, appRoleAssignmentRequired: true },
  assignments: [{ principalId: ADA, principalType: 'User', appRoleId: ROLE.whoami }, { principalId: OUTER, principalType: 'Group', appRoleId: ROLE.whoami }, { principalId: ADA, principalType: 'User', appRoleId: ROLE.whoami }],
  groups: [{ id: OUTER, securityEnabled: true, visibility: 'HiddenMembership', members: [{ '@odata.type': '#microsoft.graph.user', id: GRACE }, { '@odata.type': '#microsoft.graph.group', id: INNER }] }],
  users: [{ id: GRACE, accountEnabled: null }, { id: ADA, accountEnabled: true }],
  servicePrincipals: [{ id: DAEMON, appId: DAEMON, accountEnabled: false, servicePrincipalType: 'ManagedIdentity' }, { id: WEB, appId: WEB }, { '@odata.type': '#microsoft.graph.agentIdentityBlueprintPrincipal', id: EDITOR, appId: EDITOR, accountEnabled: true, servicePrincipalType: 'Application' }],
  grants: [{ clientId: WEB, principalId: null, scope: ' whoami  lookup whoami' }, { clientId: WEB, principalId: ADA, scope: 'whoami' }],
};
const denyList = { format: 1 as const, rules: [{ id: 'deny-1', kind: 'principal' as const, value: ADA, reason: 'Ada Lovelace left', by: guid('7'), at: '2026-11-24T11:00:00Z' }] };
const catalogue = snapshotWith().catalogue;

describe('a snapshot', () => {
  it('holds what Graph, the catalogue and the list of the denied say', () => {
    assert.deepEqual(buildSnapshot({ directory, catalogue, denyList }), {
      format: 1,
      tenantId: guid('7'),
      application: { clientId: guid('6'), objectId: guid('5'), servicePrincipalId: guid('4'), enabled: true, assignmentRequired: true },
      roles: [{ id: ROLE.whoami, value: 'Tools.whoami', enabled: true, memberTypes: ['Application', 'User'] }, { id: ROLE.lookup, value: null, enabled: false, memberTypes: ['User'] }],
      scopes: [{ id: guid('1'), value: 'whoami', enabled: true }, { id: guid('2'), value: 'lookup', enabled: false }],
      assignments: [{ principalId: ADA, principalType: 'User', roleId: ROLE.whoami }, { principalId: OUTER, principalType: 'Group', roleId: ROLE.whoami }],
      groups: [{ id: OUTER, securityEnabled: true, membershipHidden: true, members: [{ id: INNER, kind: 'group' }, { id: GRACE, kind: 'user' }] }],
      users: [{ id: ADA, enabled: true }, { id: GRACE, enabled: null }],
      servicePrincipals: [{ id: EDITOR, clientId: EDITOR, type: 'AgentIdentityBlueprint', enabled: true }, { id: WEB, clientId: WEB, type: 'unknown', enabled: null }, { id: DAEMON, clientId: DAEMON, type: 'ManagedIdentity', enabled: false }],
      grants: [{ servicePrincipalId: WEB, person: ADA, scopes: ['whoami'] }, { servicePrincipalId: WEB, person: null, scopes: ['lookup', 'whoami'] }],
      preauthorized: [{ clientId: EDITOR, scopes: ['lookup', 'whoami'] }],
      catalogue,
      denyRules: [{ id: 'deny-1', kind: 'principal', value: ADA, by: guid('7'), at: '2026-11-24T11:00:00Z' }],
    });
  });

  it('has the same text whatever the order of the answers was, and is read back as it was', () => {
    const expected = textOf(buildSnapshot({ directory, catalogue, denyList }));
    assert.equal(expected.digest, hash('sha256', expected.text));
    assert.deepEqual(parseSnapshot(expected.text), buildSnapshot({ directory, catalogue, denyList }));
    fc.assert(fc.property(fc.infiniteStream(fc.nat()), (numbers) => {
      const shuffled = <T>(entries: readonly T[]): T[] => entries.map((entry) => ({ entry, key: numbers.next().value as number })).sort((left, right) => left.key - right.key).map(({ entry }) => entry);
      const other: DirectoryFacts = {
        ...directory,
        application: { ...directory.application, appRoles: shuffled(directory.application.appRoles), api: { ...directory.application.api, oauth2PermissionScopes: shuffled(directory.application.api.oauth2PermissionScopes) } },
        assignments: shuffled(directory.assignments), users: shuffled(directory.users), servicePrincipals: shuffled([...directory.servicePrincipals, ...directory.servicePrincipals]), grants: shuffled(directory.grants),
        groups: directory.groups.map((group) => ({ ...group, members: shuffled(group.members) })),
      };
      assert.equal(textOf(buildSnapshot({ directory: other, catalogue: { ...catalogue, tools: shuffled(catalogue.tools) }, denyList })).text, expected.text);
    }));
  });

  it('is refused when it has another format, or something that is not of it', () => {
    const snapshot = snapshotWith();
    for (const other of [{ ...snapshot, format: 2 }, { ...snapshot, name: 'Ada' }, { ...snapshot, users: [{ id: ADA, enabled: true, displayName: 'Ada' }] }]) assert.throws(() => parseSnapshot(JSON.stringify(other)));
  });

  it('is stored under its time and the start of its digest', () => {
    assert.equal(blobOf(new Date('2026-11-04T01:02:03.999Z'), 'abcdef0123456789'), 'snapshots/2026/11/04/010203z-abcdef01.json');
  });
});

describe('canonical JSON', () => {
  it('depends on the value alone', () => {
    assert.equal(canonicalJson({ b: [1, { d: null, c: 'ü"\n' }], a: undefined, A: true }), '{"A":true,"b":[1,{"c":"ü\\"\\n","d":null}]}');
    fc.assert(fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const reversed = Object.fromEntries(Object.entries(value).reverse());
      assert.equal(canonicalJson(reversed), canonicalJson(value));
      assert.deepEqual(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value)));
    }));
  });
});

describe('the catalogue of a snapshot', () => {
  it('has of each tool the digest that the server writes into the record', () => {
    const { umbrellaRole, tools: entries } = catalogueOf(tools);
    assert.equal(umbrellaRole, 'Mcp.CallAllTools');
    assert.deepEqual(entries, tools.map((tool) => ({ name: tool.name, role: `Tools.${tool.name}`, scope: tool.name, stage: tool.lifecycle.stage, rules: tool.name === 'compute_primes' ? ['large-limits'] : [], definition: digestOfServer(tool) })));
  });

  it('has the last day of a deprecated tool', () => {
    const [tool] = tools;
    const deprecated = { ...tool, lifecycle: { ...tool?.lifecycle, stage: 'deprecated', sunsetOn: '2027-01-31' } } as Tool;
    assert.deepEqual(catalogueOf([deprecated]).tools.map(({ stage, sunsetOn }) => [stage, sunsetOn]), [['deprecated', '2027-01-31']]);
  });
});

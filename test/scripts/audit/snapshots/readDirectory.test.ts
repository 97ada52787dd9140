import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import tls from 'node:tls';
import { after, before, describe, it } from 'node:test';
import { decideAccess } from '../../../../app/access/decideAccess.ts';
import type { User } from '../../../../local/entra/records.ts';
import { accessRows } from '../../../../scripts/audit/snapshots/accessRows.ts';
import { createGraphReader } from '../../../../scripts/audit/snapshots/graphReader.ts';
import { readDirectory } from '../../../../scripts/audit/snapshots/readDirectory.ts';
import { buildSnapshot, type Snapshot } from '../../../../scripts/audit/snapshots/snapshot.ts';
import { addClient, addMcpApplication, claimsOf, signIn, startTenant, TOOLS, type ConfidentialClient, type McpApplication, type Tenant } from '../../../local/entra/tenant.ts';

const SUNSET = '2099-01-01';
const REDIRECT = 'https://client.example/callback';
const catalogue: Snapshot['catalogue'] = { umbrellaRole: 'Mcp.CallAllTools', tools: TOOLS.map((name) => ({ name, role: `Tools.${name}`, scope: name, ...(name === 'compute_primes' ? { stage: 'deprecated', sunsetOn: SUNSET } : { stage: 'stable' }), rules: [], definition: '0'.repeat(64) })) };

describe('a snapshot of the local directory', () => {
  let tenant: Tenant;
  let server: McpApplication;
  let clients: ConfidentialClient[];
  let daemons: ConfidentialClient[];
  let users: User[];
  let pages = 0;

  const graph = async (method: string, path: string, body?: unknown): Promise<{ id: string }> => {
    const answer = await tenant.callGraph(method, path, body);
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.text}`);
    return answer.text === '' ? { id: '' } : answer.json<{ id: string }>();
  };
  const assign = (principalId: string, tool: string): Promise<{ id: string }> => graph('POST', `/servicePrincipals/${server.servicePrincipal.id}/appRoleAssignedTo`, { principalId, resourceId: server.servicePrincipal.id, appRoleId: server.roleId(tool) });
  const group = async (name: string, ...members: string[]): Promise<string> => {
    const { id } = await graph('POST', '/groups', { displayName: name, mailEnabled: false, mailNickname: name, securityEnabled: true });
    for (const member of members) await graph('POST', `/groups/${id}/members/$ref`, { '@odata.id': `https://graph.microsoft.com/v1.0/directoryObjects/${member}` });
    return id;
  };
  const read = async (): Promise<Snapshot> => {
    const reader = createGraphReader({
      url: tenant.graph.url,
      token: async () => (await tenant.directory.issueForOperator('https://graph.microsoft.com')).accessToken,
      // Pages of one, so that every collection has several.
      fetch: (input, init) => {
        pages += 1;
        return fetch(String(input).replace('$top=999', '$top=1'), init);
      },
    });
    return buildSnapshot({ directory: await readDirectory(reader, tenant.directory.tenantId, server.application.appId), catalogue, denyList: { format: 1, rules: [] } });
  };

  before(async () => {
    tenant = await startTenant();
    tls.setDefaultCACertificates([...tls.getCACertificates('bundled'), tenant.context.tls.authorityPem]);
    const { store } = tenant.directory;
    server = addMcpApplication(tenant.directory);
    store.servicePrincipals.put(server.servicePrincipal.id, { ...server.servicePrincipal, appRoleAssignmentRequired: true });
    const redirects = { web: { ...store.draftApplication('').web, redirectUris: [REDIRECT] } };
    clients = ['all', 'one', 'preauthorized', 'disabled', 'none'].map((displayName) => addClient(tenant.directory, { displayName, ...redirects }));
    daemons = ['direct', 'member', 'off'].map((displayName) => addClient(tenant.directory, { displayName }));
    users = ['direct', 'member', 'nested', 'both', 'off', 'nothing'].map((name) => store.addUser({ userPrincipalName: `${name}@${store.domain}`, displayName: name }));
  });
  after(() => tenant.close());

  it('agrees with the tokens that Entra issues and the decisions that the server takes by them: everybody, every client, every tool [audit.access-agrees]', async () => {
    const { store } = tenant.directory;
    const [all, one, preauthorized, disabled] = clients.map(({ application, servicePrincipal }) => ({ appId: application.appId, id: servicePrincipal.id }));
    const [direct, member, nested, both, off] = users.map(({ id }) => id);
    const [daemon, inGroup, stopped] = daemons.map(({ servicePrincipal }) => servicePrincipal.id);
    if (!all || !one || !preauthorized || !disabled || !direct || !member || !nested || !both || !off || !daemon || !inGroup || !stopped) return assert.fail('a directory object is missing');
    const identity = tenant.directory.ensureManagedIdentity('/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/caller').principalId;

    const inner = await group('inner', nested);
    const outer = await group('outer', member, both, inner, inGroup, off);
    for (const [principal, tool] of [[direct, 'whoami'], [both, 'lookup_fact'], [outer, 'whoami'], [outer, 'compute_primes'], [daemon, 'whoami'], [stopped, 'whoami'], [identity, 'lookup_fact']] as const) await assign(principal, tool);
    const grant = (clientId: string, scope: string, principalId: string | null): Promise<unknown> => graph('POST', '/oauth2PermissionGrants', { clientId, consentType: principalId === null ? 'AllPrincipals' : 'Principal', principalId, resourceId: server.servicePrincipal.id, scope });
    await grant(all.id, 'whoami lookup_fact', null);
    await grant(one.id, 'whoami', both);
    await grant(disabled.id, 'whoami', null);
    await graph('PATCH', `/applications/${server.application.id}`, { api: { preAuthorizedApplications: [{ appId: preauthorized.appId, delegatedPermissionIds: [server.scopeId('compute_primes')] }] } });
    await graph('PATCH', `/servicePrincipals/${disabled.id}`, { accountEnabled: false });
    await graph('PATCH', `/servicePrincipals/${stopped}`, { accountEnabled: false });
    for (const user of users.filter(({ id }) => id === off)) store.users.put(user.id, { ...user, accountEnabled: false });

    const tokens: { kind: 'user' | 'app'; roles: string[]; scopes: string[]; principal: string; client: string }[] = [];
    const note = (token: unknown, kind: 'user' | 'app', principal: string, client: string): void => {
      const { roles = [], scp = '' } = claimsOf(token) as { roles?: string[]; scp?: string };
      tokens.push({ kind, roles, scopes: scp.split(' '), principal, client });
    };
    const callsOn = (day: string): string[] =>
      tokens.flatMap(({ principal, client, ...caller }) => catalogue.tools.filter(({ name, role, scope: needed, ...lifecycle }) => decideAccess(caller, { access: { role, scope: needed }, lifecycle }, () => day).allowed).map(({ name }) => `${principal} by ${client}: ${name}`)).sort();
    const scope = `${server.identifierUri}/.default`;
    let refused = 0;
    for (const user of users) {
      for (const { application, secret } of clients) {
        const answer = await signIn(tenant, { user: user.userPrincipalName, scope, clientId: application.appId, redirectUri: REDIRECT, secret });
        if (answer.status === 200) note(answer.json()['access_token'], 'user', user.id, application.appId);
        else refused += 1;
      }
    }
    for (const { application, servicePrincipal, secret } of daemons) {
      const answer = await tenant.token({ grant_type: 'client_credentials', client_id: application.appId, client_secret: secret, scope });
      if (answer.status === 200) note(answer.json()['access_token'], 'app', servicePrincipal.id, application.appId);
      else refused += 1;
    }
    const { accessToken } = await tenant.directory.issueForManagedIdentity(identity, server.identifierUri);
    note(accessToken, 'app', identity, String(claimsOf(accessToken)['azp']));

    const snapshot = await read();
    const toldAt = (atMs: number): string[] =>
      [...new Set(accessRows(snapshot, {}, atMs).filter(({ blockedBy }) => blockedBy === null).flatMap(({ principal, client, tools }) => tools.map((tool) => `${principal} by ${client ?? ''}: ${tool}`)))].sort();
    assert.deepEqual(toldAt(Date.now()), callsOn(new Date().toISOString().slice(0, 10)));
    assert.deepEqual(toldAt(Date.parse(`${SUNSET}T00:00:00Z`)), callsOn(SUNSET));
    const rows = accessRows(snapshot, {}, Date.now());
    assert.deepEqual([callsOn('2026-01-01').length, callsOn(SUNSET).length], [9, 7], 'of three people by three clients, a daemon and a managed identity');
    assert.ok(refused >= 20 && pages > 20, `${refused} refused, ${pages} pages`);
    assert.deepEqual(new Set(rows.filter(({ principal }) => principal === off || principal === stopped).map(({ blockedBy }) => blockedBy?.reason)), new Set(['principal-disabled']));
    assert.deepEqual(new Set(rows.filter(({ client }) => client === disabled.appId).flatMap(({ blockedBy }) => blockedBy?.reason ?? 'none')), new Set(['client-disabled', 'principal-disabled']));
    assert.deepEqual(snapshot.groups.map(({ id, members }) => [id, members.map(({ kind }) => kind).sort()]), [[outer, ['group', 'servicePrincipal', 'user', 'user', 'user']]]);
    const text = JSON.stringify(snapshot);
    for (const name of ['Ada', 'member@', 'outer', 'MCP server']) assert.ok(!text.includes(name), `${name} is no id`);
  });

  it('says so of an application that is not there, and of one without a service principal', async () => {
    const reader = createGraphReader({ url: tenant.graph.url, token: async () => (await tenant.directory.issueForOperator('https://graph.microsoft.com')).accessToken });
    await assert.rejects(readDirectory(reader, 't', randomUUID()), { code: 'SNAPSHOT_NO_APPLICATION', message: /has no application.*entraClientId/ });
    const { appId } = tenant.directory.store.addApplication({ displayName: 'bare' });
    await assert.rejects(readDirectory(reader, 't', appId), { code: 'SNAPSHOT_NO_APPLICATION', message: /has no service principal of the application/ });
  });

  it('is denied what the token does not open', async () => {
    const [client] = clients;
    const reader = createGraphReader({
      url: tenant.graph.url,
      token: async () => String((await tenant.token({ grant_type: 'client_credentials', client_id: client?.application.appId ?? '', client_secret: client?.secret ?? '', scope: 'https://graph.microsoft.com/.default' })).json()['access_token']),
    });
    await assert.rejects(readDirectory(reader, 't', server.application.appId), { code: 'SNAPSHOT_GRAPH_DENIED', message: /403 for GET \/v1\.0\/applications.*Authorization_RequestDenied.*takes the permission Application\.Read\.All/ });
  });
});

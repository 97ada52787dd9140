import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AzureError } from '../../../local/core/errors.ts';
import type { CallerKind } from '../../../local/entra/mcpCallers.ts';
import { addMcpApplication, claimsOf, startTenant, type McpApplication, type Tenant } from './tenant.ts';

describe('tokens for the tools of an MCP server', () => {
  let tenant: Tenant;
  let server: McpApplication;
  before(async () => {
    tenant = await startTenant();
    server = addMcpApplication(tenant.directory);
  });
  after(() => tenant.close());

  const issue = async (as: CallerKind, tools?: string[]): Promise<Record<string, unknown>> =>
    claimsOf((await tenant.directory.issueForMcp({ application: { applicationClientId: server.application.appId }, as, ...(tools ? { tools } : {}) })).accessToken);

  it('gives a user scopes and roles of the wanted tools, exactly, and of all when none is named', async () => {
    const all = await issue('user');
    assert.deepEqual([all['scp'], all['roles']], ['whoami lookup_fact compute_primes', ['Tools.whoami', 'Tools.lookup_fact', 'Tools.compute_primes']]);
    const one = await issue('user', ['lookup_fact']);
    assert.deepEqual([one['scp'], one['roles'], one['oid'], one['idtyp']], ['lookup_fact', ['Tools.lookup_fact'], all['oid'], undefined]);
    assert.match(String(one['preferred_username']), /^local-user-/);
    assert.equal(one['aud'], server.application.appId);
  });

  it('gives an app and an agent roles, and the agent its facets and its blueprint', async () => {
    const app = await issue('app', ['whoami', 'compute_primes']);
    assert.deepEqual([app['roles'], app['idtyp'], app['scp'], app['xms_act_fct']], [['Tools.whoami', 'Tools.compute_primes'], 'app', undefined, undefined]);
    const agent = await issue('agent', ['whoami']);
    assert.deepEqual([agent['roles'], agent['idtyp'], agent['azpacr']], [['Tools.whoami'], 'app', '2']);
    assert.ok(String(agent['xms_act_fct']).split(' ').includes('11'));
    const blueprint = tenant.directory.store.applicationByAppId(String(agent['xms_par_app_azp']));
    assert.equal(blueprint?.displayName, 'Local agent blueprint');
    assert.notEqual(agent['oid'], app['oid']);
  });

  it('goes through assignments that Graph shows', async () => {
    const app = await issue('app', ['whoami']);
    const list = (await tenant.callGraph('GET', `/servicePrincipals/${server.servicePrincipal.id}/appRoleAssignedTo?$filter=principalId eq ${String(app['oid'])}`.replaceAll(' ', '%20'))).json<{ value: { appRoleId: string }[] }>();
    assert.deepEqual(list.value.map(({ appRoleId }) => appRoleId), [server.roleId('whoami')]);
    assert.equal((await issue('app', []))['roles'], undefined);
  });

  it('names the tools there are when one is unknown', async () => {
    const refused = (as: CallerKind, tools: string[], code: string, message: RegExp): Promise<void> =>
      assert.rejects(issue(as, tools), (error: unknown) => error instanceof AzureError && error.code === code && message.test(error.message));
    await refused('app', ['whoami', 'drop_tables'], 'UnknownTool', /"drop_tables".*whoami, lookup_fact, compute_primes/);
    await refused('user', [], 'NoTools', /at least one/);
  });

  it('names the applications there are when one is unknown', async () => {
    await assert.rejects(
      tenant.directory.issueForMcp({ application: { identifierUri: 'https://elsewhere.example/mcp' }, as: 'app' }),
      (error: unknown) => error instanceof AzureError && error.code === 'UnknownMcpApplication' && error.message.includes(server.application.appId),
    );
  });

  it('drops the callers of a server that is gone', async () => {
    const gone = addMcpApplication(tenant.directory, { identifierUris: ['https://127.0.0.1:4439/mcp'] });
    const claims = ['user', 'app', 'agent'] as const;
    const oids: string[] = [];
    for (const as of claims) oids.push(String(claimsOf((await tenant.directory.issueForMcp({ application: { identifierUri: gone.identifierUri }, as })).accessToken)['oid']));
    assert.ok(oids.every((oid) => tenant.directory.hasPrincipal(oid)));
    tenant.directory.store.deleteApplication(gone.application.id);
    await issue('app');
    assert.deepEqual(oids.map((oid) => tenant.directory.hasPrincipal(oid)), [false, false, false]);
  });
});

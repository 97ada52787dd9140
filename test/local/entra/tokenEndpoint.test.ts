import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { addClientSecret } from '../../../local/entra/clientSecrets.ts';
import { assignAppRole } from '../../../local/entra/roleAssignments.ts';
import { addClient, addMcpApplication, claimsOf, startTenant, type Answer, type ConfidentialClient, type McpApplication, type Tenant } from './tenant.ts';

interface Refusal {
  error: string;
  error_description: string;
  error_codes: number[];
  timestamp: string;
  trace_id: string;
  correlation_id: string;
}

function assertRefused(answer: Answer, status: number, error: string, aadsts: number): Refusal {
  const body = answer.json<Refusal>();
  assert.deepEqual({ status: answer.status, error: body.error, codes: body.error_codes }, { status, error, codes: [aadsts] }, answer.text);
  assert.ok(body.error_description.startsWith(`AADSTS${aadsts}: `), body.error_description);
  assert.match(body.timestamp, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/);
  assert.match(body.trace_id, /^[0-9a-f-]{36}$/);
  return body;
}

describe('client credentials', () => {
  let tenant: Tenant;
  let server: McpApplication;
  let client: ConfidentialClient;
  const form = (more: Record<string, string> = {}): Record<string, string> => ({
    grant_type: 'client_credentials', client_id: client.application.appId, client_secret: client.secret, scope: `${server.identifierUri}/.default`, ...more,
  });
  const claimsFor = async (more: Record<string, string> = {}): Promise<Record<string, unknown>> => {
    const answer = await tenant.token(form(more));
    assert.equal(answer.status, 200, answer.text);
    return claimsOf(answer.json()['access_token']);
  };

  before(async () => {
    tenant = await startTenant();
    server = addMcpApplication(tenant.directory);
    client = addClient(tenant.directory);
  });
  after(() => tenant.close());

  it('answers without caching, and a token without roles to a client without assignments', async () => {
    const answer = await tenant.token(form());
    const { access_token: token, ...rest } = answer.json();
    assert.deepEqual(rest, { token_type: 'Bearer', expires_in: 3600, ext_expires_in: 3600 });
    assert.equal(answer.headers['cache-control'], 'no-store');
    assert.equal(claimsOf(token)['roles'], undefined);
    assert.equal(claimsOf(token).aud, server.application.appId);
    assert.equal(claimsOf(token).iss, `${tenant.directory.authorityHost}/${tenant.directory.tenantId}/v2.0`);
  });

  it('names roles from assignments, and not after an assignment is removed', async () => {
    const assignment = assignAppRole(tenant.directory.store, { principalId: client.servicePrincipal.id, resourceId: server.servicePrincipal.id, appRoleId: server.roleId('whoami') });
    assert.deepEqual((await claimsFor())['roles'], ['Tools.whoami']);
    tenant.directory.store.assignments.delete(assignment.id);
    assert.equal((await claimsFor())['roles'], undefined);
  });

  it('leaves out a role that was disabled', async () => {
    const other = addMcpApplication(tenant.directory, { identifierUris: ['https://127.0.0.1:4431/mcp'] });
    assignAppRole(tenant.directory.store, { principalId: client.servicePrincipal.id, resourceId: other.servicePrincipal.id, appRoleId: other.roleId('whoami') });
    const scope = `${other.application.appId}/.default`;
    assert.deepEqual((await claimsFor({ scope }))['roles'], ['Tools.whoami']);
    tenant.directory.store.applications.put(other.application.id, { ...other.application, appRoles: other.application.appRoles.map((role) => ({ ...role, isEnabled: false })) });
    assert.equal((await claimsFor({ scope }))['roles'], undefined);
  });

  it('refuses a client without assignment where one is required', async () => {
    const strict = addMcpApplication(tenant.directory, { identifierUris: ['https://127.0.0.1:4432/mcp'] });
    tenant.directory.store.servicePrincipals.put(strict.servicePrincipal.id, { ...strict.servicePrincipal, appRoleAssignmentRequired: true });
    assertRefused(await tenant.token(form({ scope: `${strict.identifierUri}/.default` })), 400, 'invalid_grant', 501051);
  });

  it('issues v1 tokens to an application that asks for none in particular, with the audience as asked', async () => {
    const plain = tenant.directory.store.addApplication({ displayName: 'Plain', identifierUris: ['api://plain'] });
    tenant.directory.store.addServicePrincipal({ appId: plain.appId, displayName: 'Plain' });
    const claims = await claimsFor({ scope: 'api://plain/.default' });
    assert.deepEqual({ aud: claims['aud'], ver: claims['ver'], appid: claims['appid'] }, { aud: 'api://plain', ver: '1.0', appid: client.application.appId });
  });

  it('keeps the slash of an audience of Azure as asked', async () => {
    assert.equal((await claimsFor({ scope: 'https://management.azure.com//.default' }))['aud'], 'https://management.azure.com/');
    assert.equal((await claimsFor({ scope: 'https://vault.azure.net/.default' }))['aud'], 'https://vault.azure.net');
  });

  it('takes the secret by HTTP Basic, form-encoded, but not twice', async () => {
    const { client_id: _id, client_secret: _secret, ...rest } = form();
    const basic = `Basic ${Buffer.from(`${client.application.appId}:${encodeURIComponent(client.secret)}`).toString('base64')}`;
    assert.equal((await tenant.token(rest, { authorization: basic })).status, 200);
    assertRefused(await tenant.token(form(), { authorization: basic }), 400, 'invalid_request', 70025);
    assertRefused(await tenant.token(rest, { authorization: 'Basic !!' }), 401, 'invalid_client', 7000216);
  });

  it('serves the v1 endpoint, which takes a resource', async () => {
    const { scope: _scope, ...rest } = form({ resource: 'https://vault.azure.net' });
    const answer = await tenant.send('POST', `${tenant.directory.authorityHost}/${tenant.directory.tenantId}/oauth2/token`, {
      headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams(rest).toString(),
    });
    assert.equal(answer.json()['resource'], 'https://vault.azure.net');
    assert.equal(claimsOf(answer.json()['access_token']).aud, 'https://vault.azure.net');
  });

  it('refuses what Entra refuses, with its codes', async () => {
    const wrong = assertRefused(await tenant.token(form({ client_secret: 'wrong-secret-value' })), 401, 'invalid_client', 7000215);
    assert.doesNotMatch(wrong.error_description, /wrong-secret-value/);
    const { client_secret: _secret, ...withoutSecret } = form();
    assertRefused(await tenant.token(withoutSecret), 401, 'invalid_client', 7000218);
    assertRefused(await tenant.token(form({ client_id: '00000000-0000-4000-8000-000000000000' })), 400, 'unauthorized_client', 700016);
    assertRefused(await tenant.token(form({ scope: 'https://elsewhere.example/.default' })), 400, 'invalid_resource', 500011);
    assertRefused(await tenant.token(form({ scope: `${server.identifierUri}/lookup_fact` })), 400, 'invalid_scope', 1002012);
    assertRefused(await tenant.token(form({ scope: `${server.identifierUri}/.default https://vault.azure.net/.default` })), 400, 'invalid_request', 28000);
    assertRefused(await tenant.token(form({ grant_type: 'password' })), 400, 'unsupported_grant_type', 70003);
    const { grant_type: _grant, ...withoutGrant } = form();
    assertRefused(await tenant.token(withoutGrant), 400, 'invalid_request', 900144);
    const { scope: _scope, ...withoutScope } = form();
    assertRefused(await tenant.token(withoutScope), 400, 'invalid_request', 900144);
  });

  it('judges the resource parameter of RFC 8707 by the scopes', async () => {
    assert.equal((await tenant.token(form({ resource: server.identifierUri }))).status, 200);
    assert.equal((await tenant.token(form({ resource: server.application.appId }))).status, 200);
    assertRefused(await tenant.token(form({ resource: 'https://127.0.0.1:4430' })), 400, 'invalid_target', 9010010);
  });

  it('refuses a client assertion by name, and a body that is no form', async () => {
    const assertion = await tenant.token(form({ client_assertion: 'x', client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' }));
    assert.equal(assertion.status, 501);
    assert.match(assertion.text, /NotSupportedByLocalAzure: Client authentication by client_assertion/);
    assertRefused(await tenant.token(form(), { 'content-type': 'application/json' }), 400, 'invalid_request', 900144);
  });

  it('refuses a parameter that stands twice', async () => {
    const answer = await tenant.send('POST', `${tenant.directory.authorityHost}/${tenant.directory.tenantId}/oauth2/v2.0/token`, {
      headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: `${new URLSearchParams(form()).toString()}&client_id=other`,
    });
    assertRefused(answer, 400, 'invalid_request', 901001);
  });

  it('refuses a disabled client, a client without service principal, and an expired secret', async () => {
    const disabled = addClient(tenant.directory);
    tenant.directory.store.servicePrincipals.put(disabled.servicePrincipal.id, { ...disabled.servicePrincipal, accountEnabled: false });
    assertRefused(await tenant.token(form({ client_id: disabled.application.appId, client_secret: disabled.secret })), 400, 'unauthorized_client', 7000112);
    const bare = tenant.directory.store.addApplication({ displayName: 'Bare' });
    const { secretText } = addClientSecret(tenant.directory.store, bare, { endDateTime: new Date(tenant.clock.now().getTime() + 1000).toISOString() });
    assertRefused(await tenant.token(form({ client_id: bare.appId, client_secret: secretText })), 400, 'invalid_client', 7000229);
    tenant.directory.store.addServicePrincipal({ appId: bare.appId, displayName: 'Bare' });
    tenant.clock.advance(2000);
    assertRefused(await tenant.token(form({ client_id: bare.appId, client_secret: secretText })), 401, 'invalid_client', 7000222);
  });

  it('echoes the correlation id of the client', async () => {
    const id = '11111111-2222-4333-8444-555555555555';
    const body = assertRefused(await tenant.token(form({ grant_type: 'x' }), { 'client-request-id': id }), 400, 'unsupported_grant_type', 70003);
    assert.equal(body.correlation_id, id);
  });

  it('marks user tokens only where the application registers idtyp with include_user_token, and app tokens always', async () => {
    const issueAs = async (as: 'user' | 'app', application: McpApplication): Promise<unknown> =>
      claimsOf((await tenant.directory.issueForMcp({ application: { identifierUri: application.identifierUri }, as })).accessToken)['idtyp'];
    assert.equal(await issueAs('user', server), undefined);
    assert.equal(await issueAs('app', server), 'app');
    const marked = addMcpApplication(tenant.directory, {
      identifierUris: ['https://127.0.0.1:4433/mcp'],
      optionalClaims: { accessToken: [{ name: 'idtyp', source: null, essential: false, additionalProperties: ['include_user_token'] }], idToken: [], saml2Token: [] },
    });
    assert.equal(await issueAs('user', marked), 'user');
  });
});

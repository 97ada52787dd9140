import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { addClient, claimsOf, startTenant, type Answer, type Tenant } from '../entra/tenant.ts';

interface GraphRefusal {
  error: { code: string; message: string; innerError: { date: string; 'request-id': string; 'client-request-id': string } };
}
type Body = Record<string, unknown> & { id: string; appId: string };

describe('applications in the local Graph', () => {
  let tenant: Tenant;
  before(async () => {
    tenant = await startTenant();
  });
  after(() => tenant.close());

  const role = (value: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({ id: randomUUID(), value, displayName: value, description: value, allowedMemberTypes: ['User', 'Application'], isEnabled: true, ...more });
  const scope = (value: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({ id: randomUUID(), value, adminConsentDisplayName: value, adminConsentDescription: value, type: 'User', isEnabled: true, ...more });
  const create = async (body: Record<string, unknown> = {}): Promise<Body> => {
    const answer = await tenant.callGraph('POST', '/applications', { displayName: 'App', ...body });
    assert.equal(answer.status, 201, answer.text);
    return answer.json<Body>();
  };
  const read = async (id: string): Promise<Body> => (await tenant.callGraph('GET', `/applications/${id}`)).json<Body>();
  const patch = (id: string, body: Record<string, unknown>): Promise<Answer> => tenant.callGraph('PATCH', `/applications/${id}`, body);
  const assertPatched = async (id: string, body: Record<string, unknown>): Promise<void> => {
    const answer = await patch(id, body);
    assert.deepEqual([answer.status, answer.text], [204, '']);
  };
  const assertRefused = (answer: Answer, status: number, code: string, message: RegExp): GraphRefusal => {
    const body = answer.json<GraphRefusal>();
    assert.deepEqual([answer.status, body.error?.code], [status, code], answer.text);
    assert.match(body.error.message, message);
    return body;
  };

  it('creates with the defaults of Graph and reads by id, by appId and by filter', async () => {
    const made = await create({ displayName: "Grace's app" });
    assert.deepEqual(
      { audience: made['signInAudience'], uris: made['identifierUris'], roles: made['appRoles'], deleted: made['deletedDateTime'], domain: made['publisherDomain'] },
      { audience: 'AzureADMyOrg', uris: [], roles: [], deleted: null, domain: tenant.directory.store.domain },
    );
    assert.match(String(made['@odata.context']), /\/v1\.0\/\$metadata#applications\/\$entity$/);
    assert.equal((await read(made.id)).appId, made.appId);
    assert.equal((await tenant.callGraph('GET', `/applications(appId='${made.appId}')`)).json<Body>().id, made.id);
    for (const filter of [`appId eq '${made.appId}'`, "displayName eq 'Grace''s app'", "startswith(displayName,'grace')", `appId eq '${made.appId}' and displayName eq 'Grace''s app'`]) {
      const { value } = (await tenant.callGraph('GET', `/applications?$filter=${encodeURIComponent(filter)}`)).json<{ value: Body[] }>();
      assert.deepEqual(value.map(({ id }) => id), [made.id], filter);
    }
    const selected = (await tenant.callGraph('GET', `/applications/${made.id}?$select=id,appId`)).json<Body>();
    assert.deepEqual(Object.keys(selected).sort(), ['@odata.context', 'appId', 'id']);
  });

  it('merges api, web and info, and replaces lists', async () => {
    const lookup = scope('lookup_fact');
    const made = await create({ api: { requestedAccessTokenVersion: 2, oauth2PermissionScopes: [lookup] } });
    const editor = 'aebc6443-996d-45c2-90f0-388ff96faa56';
    await assertPatched(made.id, { api: { preAuthorizedApplications: [{ appId: editor, delegatedPermissionIds: [lookup['id']] }] }, tags: ['a'] });
    const after = await read(made.id);
    const api = after['api'] as Record<string, unknown>;
    assert.equal(api['requestedAccessTokenVersion'], 2);
    assert.equal((api['oauth2PermissionScopes'] as unknown[]).length, 1);
    assert.deepEqual(api['preAuthorizedApplications'], [{ appId: editor, delegatedPermissionIds: [lookup['id']] }]);
    assert.deepEqual(after['tags'], ['a']);
  });

  it('refuses to delete or rename an enabled role or scope until it is disabled', async () => {
    const whoami = role('Tools.whoami');
    const lookup = scope('lookup_fact');
    const made = await create({ appRoles: [whoami], api: { oauth2PermissionScopes: [lookup] } });
    assertRefused(await patch(made.id, { appRoles: [] }), 400, 'CannotDeleteOrUpdateEnabledEntitlement', /disabled first: appRoles Tools\.whoami/);
    assertRefused(await patch(made.id, { appRoles: [{ ...whoami, value: 'Tools.other' }] }), 400, 'CannotDeleteOrUpdateEnabledEntitlement', /disabled first/);
    assertRefused(await patch(made.id, { api: { oauth2PermissionScopes: [] } }), 400, 'CannotDeleteOrUpdateEnabledEntitlement', /api\.oauth2PermissionScopes lookup_fact/);
    assert.equal(((await read(made.id))['appRoles'] as unknown[]).length, 1, 'a refused request changes nothing');
    await assertPatched(made.id, { appRoles: [{ ...whoami, displayName: 'Who am I' }] });
    await assertPatched(made.id, { appRoles: [{ ...whoami, isEnabled: false }], api: { oauth2PermissionScopes: [{ ...lookup, isEnabled: false }] } });
    await assertPatched(made.id, { appRoles: [], api: { oauth2PermissionScopes: [] } });
    assert.deepEqual((await read(made.id))['appRoles'], []);
  });

  it('holds ids and values of roles and scopes unique across both', async () => {
    const one = role('Tools.a');
    assertRefused(await tenant.callGraph('POST', '/applications', { displayName: 'x', appRoles: [one, role('Tools.a')] }), 400, 'Request_BadRequest', /duplicate values: appRoles\.value 'Tools\.a'/);
    assertRefused(await tenant.callGraph('POST', '/applications', { displayName: 'x', appRoles: [one, { ...role('Tools.b'), id: one['id'] }] }), 400, 'Request_BadRequest', /duplicate values: appRoles\.id/);
    assertRefused(await tenant.callGraph('POST', '/applications', { displayName: 'x', appRoles: [role('same')], api: { oauth2PermissionScopes: [scope('same')] } }), 400, 'Request_BadRequest', /duplicate values: api\.oauth2PermissionScopes\.value 'same'/);
    assertRefused(await tenant.callGraph('POST', '/applications', { displayName: 'x', appRoles: [role('has space')] }), 400, 'Request_BadRequest', /Invalid value 'has space'/);
    assertRefused(await tenant.callGraph('POST', '/applications', { displayName: 'x', appRoles: [role('Tools.a', { id: 'no-guid' })] }), 400, 'Request_BadRequest', /appRoles\.0\.id/);
  });

  it('takes an https identifier URI on a foreign host with v2 tokens only', async () => {
    const uri = 'https://127.0.0.1:4443/mcp';
    const made = await create();
    assertRefused(await patch(made.id, { identifierUris: [uri] }), 400, 'HostNameNotOnVerifiedDomain', /verified domain.*requestedAccessTokenVersion 2 \(it is null\)/);
    await assertPatched(made.id, { api: { requestedAccessTokenVersion: 2 } });
    await assertPatched(made.id, { identifierUris: [uri, `api://${made.appId}`] });
    assertRefused(await patch(made.id, { identifierUris: [`${uri}/`] }), 400, 'Request_BadRequest', /must not end with a slash/);
    assertRefused(await patch(made.id, { identifierUris: ['http://127.0.0.1/mcp'] }), 400, 'Request_BadRequest', /scheme has to be api or https/);
    assertRefused(await patch(made.id, { identifierUris: ['mcp'] }), 400, 'Request_BadRequest', /absolute URI/);
    const many = await create({ signInAudience: 'AzureADMultipleOrgs', api: { requestedAccessTokenVersion: 2 } });
    assertRefused(await patch(many.id, { identifierUris: ['https://elsewhere.example/mcp'] }), 400, 'HostNameNotOnVerifiedDomain', /AzureADMultipleOrgs/);
    const other = await create({ api: { requestedAccessTokenVersion: 2 } });
    assertRefused(await patch(other.id, { identifierUris: [uri] }), 400, 'ObjectConflict', /Another object with the same value for property identifierUris already exists/);
    const plain = await create();
    await assertPatched(plain.id, { identifierUris: [`api://${plain.appId}`, `https://${tenant.directory.store.domain}/x`] });
    assertRefused(await patch(plain.id, { identifierUris: ['api://anything'] }), 400, 'Request_BadRequest', /tenant verified domain, tenant ID, or app ID/);
  });

  it('names unknown, read-only, not offered and ill-typed properties', async () => {
    const made = await create();
    assertRefused(await patch(made.id, { colour: 'red' }), 400, 'Request_BadRequest', /Invalid property 'colour'/);
    assertRefused(await patch(made.id, { api: { colour: 'red' } }), 400, 'Request_BadRequest', /Invalid property 'api\.colour'/);
    assertRefused(await patch(made.id, { appId: randomUUID() }), 400, 'Request_BadRequest', /'appId' is read-only/);
    assertRefused(await patch(made.id, { keyCredentials: [{}] }), 501, 'NotSupportedByLocalAzure', /'keyCredentials'/);
    assertRefused(await patch(made.id, { displayName: 7 }), 400, 'Request_BadRequest', /displayName/);
    assertRefused(await patch(made.id, { api: { requestedAccessTokenVersion: 3 } }), 400, 'Request_BadRequest', /api\.requestedAccessTokenVersion/);
    assertRefused(await tenant.callGraph('POST', '/applications', {}), 400, 'Request_BadRequest', /'displayName'/);
    assertRefused(await tenant.callGraph('POST', '/applications', []), 400, 'BadRequest', /Unable to read JSON/);
    await assertPatched(made.id, { '@odata.type': '#microsoft.graph.application', keyCredentials: [], displayName: 'Renamed' });
    const id = randomUUID();
    assertRefused(await patch(made.id, { api: { preAuthorizedApplications: [{ appId: id, delegatedPermissionIds: [id] }] } }), 400, 'Request_BadRequest', /no scope of this application/);
  });

  it('judges redirect URIs', async () => {
    const made = await create();
    await assertPatched(made.id, { web: { redirectUris: ['https://a.example/cb', 'http://localhost:3000/cb'] }, publicClient: { redirectUris: ['myapp://auth', 'http://127.0.0.1'] } });
    for (const uri of ['http://a.example/cb', 'https://a.example/#x', 'https://*.example/', 'nothing']) {
      assertRefused(await patch(made.id, { web: { redirectUris: [uri] } }), 400, 'Request_BadRequest', /web\.redirectUris/);
    }
  });

  it('tells a secret once, lets a client use it, and ends it', async () => {
    const made = await create({ displayName: 'Daemon' });
    await tenant.callGraph('POST', '/servicePrincipals', { appId: made.appId });
    const { secretText, keyId } = (await tenant.callGraph('POST', `/applications/${made.id}/addPassword`, { passwordCredential: { displayName: 'test' } })).json<{ secretText: string; keyId: string }>();
    const form = { grant_type: 'client_credentials', client_id: made.appId, client_secret: secretText, scope: 'https://vault.azure.net/.default' };
    const answer = await tenant.token(form);
    assert.equal(claimsOf(answer.json()['access_token'])['appid'], made.appId);
    const shown = JSON.stringify(await read(made.id));
    assert.ok(shown.includes(keyId) && !shown.includes(secretText));
    assert.equal((await tenant.callGraph('POST', `/applications/${made.id}/removePassword`, { keyId })).status, 204);
    assert.equal((await tenant.token(form)).status, 401);
    assertRefused(await tenant.callGraph('POST', `/applications/${made.id}/removePassword`, { keyId }), 400, 'Request_BadRequest', /No password credential/);
  });

  it('keeps a deleted application for 30 days, with its service principal, and restores both', async () => {
    const made = await create({ displayName: 'Phoenix', api: { requestedAccessTokenVersion: 2 }, identifierUris: ['https://127.0.0.1:4450/mcp'] });
    const principal = (await tenant.callGraph('POST', '/servicePrincipals', { appId: made.appId })).json<Body>();
    assert.equal((await tenant.callGraph('DELETE', `/applications/${made.id}`)).status, 204);
    assertRefused(await tenant.callGraph('GET', `/applications/${made.id}`), 404, 'Request_ResourceNotFound', new RegExp(made.id));
    assertRefused(await tenant.callGraph('GET', `/servicePrincipals/${principal.id}`), 404, 'Request_ResourceNotFound', /./);
    const listed = (await tenant.callGraph('GET', '/directory/deletedItems/microsoft.graph.application')).json<{ value: Body[] }>().value.find(({ id }) => id === made.id);
    assert.ok(listed?.['deletedDateTime']);
    assert.equal((await tenant.callGraph('POST', `/directory/deletedItems/${made.id}/restore`)).status, 200);
    assert.equal((await read(made.id))['deletedDateTime'], null);
    assert.equal((await tenant.callGraph('GET', `/servicePrincipals/${principal.id}`)).status, 200);

    await tenant.callGraph('DELETE', `/applications/${made.id}`);
    const successor = await create({ displayName: 'Successor', api: { requestedAccessTokenVersion: 2 }, identifierUris: ['https://127.0.0.1:4450/mcp'] });
    assertRefused(await tenant.callGraph('POST', `/directory/deletedItems/${made.id}/restore`), 409, 'Request_MultipleObjectsWithSameKeyValue', new RegExp(successor.id));
    tenant.clock.advance(31 * 24 * 3_600_000);
    assertRefused(await tenant.callGraph('GET', `/directory/deletedItems/${made.id}`), 404, 'Request_ResourceNotFound', /./);
    assertRefused(await tenant.callGraph('GET', `/directory/deletedItems/${principal.id}`), 404, 'Request_ResourceNotFound', /./);
  });

  it('removes a deleted application for good when asked', async () => {
    const made = await create();
    await tenant.callGraph('DELETE', `/applications/${made.id}`);
    assert.equal((await tenant.callGraph('DELETE', `/directory/deletedItems/${made.id}`)).status, 204);
    assertRefused(await tenant.callGraph('POST', `/directory/deletedItems/${made.id}/restore`), 404, 'Request_ResourceNotFound', /./);
  });

  it('wants a token of the operator, and says so in the shape of Graph', async () => {
    const url = `${tenant.graph.url}/applications`;
    const anonymous = await tenant.send('GET', url, { headers: { 'client-request-id': 'abc-1' } });
    const body = assertRefused(anonymous, 401, 'InvalidAuthenticationToken', /Authorization/);
    assert.match(String(anonymous.headers['www-authenticate']), /^Bearer authorization_uri=/);
    assert.equal(body.error.innerError['client-request-id'], 'abc-1');
    assert.equal(body.error.innerError['request-id'], anonymous.headers['request-id']);
    assert.match(body.error.innerError.date, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
    const wrong = (await tenant.directory.issueForOperator('https://vault.azure.net')).accessToken;
    assertRefused(await tenant.callGraph('GET', '/applications', undefined, wrong), 401, 'InvalidAuthenticationToken', /wrong audience/);
    const client = addClient(tenant.directory);
    const other = (await tenant.token({ grant_type: 'client_credentials', client_id: client.application.appId, client_secret: client.secret, scope: 'https://graph.microsoft.com/.default' })).json<{ access_token: string }>();
    assertRefused(await tenant.callGraph('GET', '/applications', undefined, other.access_token), 403, 'Authorization_RequestDenied', /Insufficient privileges/);
  });

  it('refuses other paths and queries by name', async () => {
    assertRefused(await tenant.callGraph('GET', '/domains'), 501, 'NotSupportedByLocalAzure', /GET \/v1\.0\/domains/);
    assertRefused(await tenant.callGraph('GET', '/applications?$expand=owners'), 501, 'NotSupportedByLocalAzure', /'\$expand'/);
    assertRefused(await tenant.callGraph('GET', '/applications?$filter=notes%20eq%20%27x%27'), 400, 'Request_UnsupportedQuery', /'notes'/);
    assertRefused(await tenant.callGraph('GET', '/applications?$filter=appId%20ne%20%27x%27'), 501, 'NotSupportedByLocalAzure', /filter clause/);
    assertRefused(await tenant.callGraph('GET', '/applications?$select=colour'), 400, 'BadRequest', /'colour'/);
    assertRefused(await tenant.callGraph('GET', '/applications?$top=0'), 400, 'Request_BadRequest', /\$top/);
  });

  it('pages long collections', async () => {
    const first = (await tenant.callGraph('GET', '/applications?$top=2&$select=id')).json<{ value: Body[]; '@odata.nextLink': string }>();
    assert.equal(first.value.length, 2);
    const seen = new Set(first.value.map(({ id }) => id));
    let next: string | undefined = first['@odata.nextLink'];
    while (next !== undefined) {
      const answer: Answer = await tenant.callGraph('GET', next.slice(tenant.graph.url.length));
      const page = answer.json<{ value: Body[]; '@odata.nextLink'?: string }>();
      for (const { id } of page.value) seen.add(id);
      next = page['@odata.nextLink'];
    }
    assert.deepEqual([...seen].sort(), tenant.directory.store.applications.keys().sort());
  });
});

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { addClient, addMcpApplication, claimsOf, startTenant, type Answer, type ConfidentialClient, type McpApplication, type Tenant } from '../entra/tenant.ts';

type Body = Record<string, unknown> & { id: string };

describe('service principals, assignments and grants in the local Graph', () => {
  let tenant: Tenant;
  let server: McpApplication;
  let client: ConfidentialClient;
  before(async () => {
    tenant = await startTenant();
    server = addMcpApplication(tenant.directory);
    client = addClient(tenant.directory);
  });
  after(() => tenant.close());

  const assertRefused = (answer: Answer, status: number, code: string, message: RegExp): void => {
    const { error } = answer.json<{ error: { code: string; message: string } }>();
    assert.deepEqual([answer.status, error?.code], [status, code], answer.text);
    assert.match(error.message, message);
  };
  const rolesOfClient = async (): Promise<unknown> => {
    const answer = await tenant.token({ grant_type: 'client_credentials', client_id: client.application.appId, client_secret: client.secret, scope: `${server.identifierUri}/.default` });
    return claimsOf(answer.json()['access_token'])['roles'];
  };
  const assignedTo = (): string => `/servicePrincipals/${server.servicePrincipal.id}/appRoleAssignedTo`;

  it('shows of the application what Graph shows', async () => {
    const body = (await tenant.callGraph('GET', `/servicePrincipals(appId='${server.application.appId}')`)).json<Body>();
    assert.deepEqual(
      { id: body.id, names: body['servicePrincipalNames'], type: body['servicePrincipalType'], owner: body['appOwnerOrganizationId'], roles: (body['appRoles'] as unknown[]).length, scopes: (body['oauth2PermissionScopes'] as unknown[]).length },
      { id: server.servicePrincipal.id, names: [server.identifierUri, server.application.appId], type: 'Application', owner: tenant.directory.tenantId, roles: 3, scopes: 3 },
    );
    assert.equal('agentBlueprintAppId' in body, false);
  });

  it('makes one service principal for one application', async () => {
    const made = (await tenant.callGraph('POST', '/applications', { displayName: 'One' })).json<Body & { appId: string }>();
    const first = await tenant.callGraph('POST', '/servicePrincipals', { appId: made.appId, appRoleAssignmentRequired: true });
    assert.equal(first.status, 201);
    assertRefused(await tenant.callGraph('POST', '/servicePrincipals', { appId: made.appId }), 409, 'Request_MultipleObjectsWithSameKeyValue', /already in use/);
    assertRefused(await tenant.callGraph('POST', '/servicePrincipals', { appId: randomUUID() }), 400, 'NoBackingApplicationObject', /does not reference a valid application/);
    const { id } = first.json<Body>();
    assert.equal((await tenant.callGraph('PATCH', `/servicePrincipals/${id}`, { accountEnabled: false })).status, 204);
    const read = (await tenant.callGraph('GET', `/servicePrincipals/${id}`)).json<Body>();
    assert.deepEqual([read['accountEnabled'], read['appRoleAssignmentRequired'], read['displayName']], [false, true, 'One']);
    assertRefused(await tenant.callGraph('PATCH', `/servicePrincipals/${id}`, { appRoles: [] }), 400, 'Request_BadRequest', /'appRoles' is read-only/);

    assert.equal((await tenant.callGraph('DELETE', `/servicePrincipals/${id}`)).status, 204);
    const second = (await tenant.callGraph('POST', '/servicePrincipals', { appId: made.appId })).json<Body>();
    assert.notEqual(second.id, id);
    assertRefused(await tenant.callGraph('POST', `/directory/deletedItems/${id}/restore`), 409, 'Request_MultipleObjectsWithSameKeyValue', /already in use/);
  });

  it('assigns a role, which the next token has, and takes it back, which the next token has not', async () => {
    const answer = await tenant.callGraph('POST', assignedTo(), { principalId: client.servicePrincipal.id, resourceId: server.servicePrincipal.id, appRoleId: server.roleId('whoami') });
    assert.equal(answer.status, 201, answer.text);
    const made = answer.json<Body>();
    assert.deepEqual([made['principalType'], made['principalDisplayName'], made['resourceDisplayName']], ['ServicePrincipal', 'Client', 'MCP server']);
    assert.deepEqual(await rolesOfClient(), ['Tools.whoami']);
    for (const path of [assignedTo(), `/servicePrincipals/${client.servicePrincipal.id}/appRoleAssignments`]) {
      assert.deepEqual((await tenant.callGraph('GET', path)).json<{ value: Body[] }>().value.map(({ id }) => id), [made.id], path);
    }
    assertRefused(
      await tenant.callGraph('POST', assignedTo(), { principalId: client.servicePrincipal.id, resourceId: server.servicePrincipal.id, appRoleId: server.roleId('whoami') }),
      400, 'Request_BadRequest', /already exists/,
    );
    assert.equal((await tenant.callGraph('DELETE', `${assignedTo()}/${made.id}`)).status, 204);
    assert.equal(await rolesOfClient(), undefined);
    assertRefused(await tenant.callGraph('DELETE', `${assignedTo()}/${made.id}`), 404, 'Request_ResourceNotFound', new RegExp(made.id));
  });

  it('takes an assignment with the role it was for', async () => {
    const made = (await tenant.callGraph('POST', '/applications', { displayName: 'Other server', appRoles: [{ id: randomUUID(), value: 'Tools.x', displayName: 'x', allowedMemberTypes: ['Application'] }] })).json<Body & { appId: string; appRoles: { id: string }[] }>();
    const principal = (await tenant.callGraph('POST', '/servicePrincipals', { appId: made.appId })).json<Body>();
    const path = `/servicePrincipals/${principal.id}/appRoleAssignedTo`;
    const appRoleId = made.appRoles[0]?.id;
    assert.equal((await tenant.callGraph('POST', path, { principalId: client.servicePrincipal.id, resourceId: principal.id, appRoleId })).status, 201);
    await tenant.callGraph('PATCH', `/applications/${made.id}`, { appRoles: made.appRoles.map((role) => ({ ...role, isEnabled: false })) });
    assert.equal((await tenant.callGraph('PATCH', `/applications/${made.id}`, { appRoles: [] })).status, 204);
    assert.deepEqual((await tenant.callGraph('GET', path)).json<{ value: unknown[] }>().value, []);
  });

  it('refuses assignments of what is not there or not allowed', async () => {
    const body = { principalId: client.servicePrincipal.id, resourceId: server.servicePrincipal.id, appRoleId: server.roleId('whoami') };
    assertRefused(await tenant.callGraph('POST', assignedTo(), { ...body, principalId: randomUUID() }), 404, 'Request_ResourceNotFound', /./);
    assertRefused(await tenant.callGraph('POST', assignedTo(), { ...body, appRoleId: randomUUID() }), 400, 'Request_BadRequest', /no enabled app role.*Tools\.whoami/);
    assertRefused(await tenant.callGraph('POST', assignedTo(), { ...body, resourceId: client.servicePrincipal.id }), 400, 'Request_BadRequest', /the path names/);
    assertRefused(await tenant.callGraph('POST', assignedTo(), { principalId: body.principalId }), 400, 'Request_BadRequest', /resourceId/);
    const current = tenant.directory.store.applications.get(server.application.id) ?? server.application;
    tenant.directory.store.applications.put(current.id, { ...current, appRoles: current.appRoles.map((role) => ({ ...role, allowedMemberTypes: ['User'] as ('User' | 'Application')[] })) });
    assertRefused(await tenant.callGraph('POST', assignedTo(), body), 400, 'Request_BadRequest', /does not allow members of type Application/);
    tenant.directory.store.applications.put(current.id, current);
  });

  it('assigns roles to managed identities, which Graph lists but does not delete', async () => {
    const { principalId } = tenant.directory.ensureManagedIdentity('/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-app');
    assert.equal((await tenant.callGraph('POST', assignedTo(), { principalId, resourceId: server.servicePrincipal.id, appRoleId: server.roleId('lookup_fact') })).status, 201);
    const { accessToken } = await tenant.directory.issueForManagedIdentity('/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-app', server.identifierUri);
    assert.deepEqual([claimsOf(accessToken)['roles'], claimsOf(accessToken)['oid']], [['Tools.lookup_fact'], principalId]);
    assertRefused(await tenant.callGraph('DELETE', `/servicePrincipals/${principalId}`), 400, 'Request_BadRequest', /belongs to a managed identity/);
    tenant.directory.deleteManagedIdentity('/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-app');
    assert.equal(tenant.directory.hasPrincipal(principalId), false);
    assert.deepEqual((await tenant.callGraph('GET', assignedTo())).json<{ value: unknown[] }>().value, []);
  });

  it('keeps delegated grants', async () => {
    const body = { clientId: client.servicePrincipal.id, consentType: 'AllPrincipals', resourceId: server.servicePrincipal.id, scope: 'whoami' };
    const made = await tenant.callGraph('POST', '/oauth2PermissionGrants', body);
    assert.equal(made.status, 201, made.text);
    const { id } = made.json<Body>();
    assertRefused(await tenant.callGraph('POST', '/oauth2PermissionGrants', body), 409, 'Request_MultipleObjectsWithSameKeyValue', new RegExp(id));
    assertRefused(await tenant.callGraph('POST', '/oauth2PermissionGrants', { ...body, consentType: 'Principal' }), 400, 'Request_BadRequest', /principalId/);
    assert.equal((await tenant.callGraph('PATCH', `/oauth2PermissionGrants/${id}`, { scope: 'whoami lookup_fact' })).status, 204);
    const list = (await tenant.callGraph('GET', `/oauth2PermissionGrants?$filter=${encodeURIComponent(`clientId eq '${client.servicePrincipal.id}'`)}`)).json<{ value: Body[] }>();
    assert.deepEqual(list.value.map(({ scope }) => scope), ['whoami lookup_fact']);
    assert.equal((await tenant.callGraph('DELETE', `/oauth2PermissionGrants/${id}`)).status, 204);
    assertRefused(await tenant.callGraph('GET', `/oauth2PermissionGrants/${id}`), 404, 'Request_ResourceNotFound', /./);
  });

  it('lists users and the organization, and knows /me of a signed-in user only', async () => {
    const { domain } = tenant.directory.store;
    const users = (await tenant.callGraph('GET', '/users')).json<{ value: { userPrincipalName: string }[] }>().value.map(({ userPrincipalName }) => userPrincipalName);
    assert.deepEqual(users.slice(0, 2), [`ada@${domain}`, `grace@${domain}`]);
    assert.equal((await tenant.callGraph('GET', `/users/ada@${domain}`)).json<Body>()['displayName'], 'Ada Lovelace');
    assert.equal((await tenant.callGraph('GET', '/organization')).json<{ value: Body[] }>().value[0]?.id, tenant.directory.tenantId);
    assertRefused(await tenant.callGraph('GET', '/me'), 400, 'BadRequest', /delegated/);
  });
});

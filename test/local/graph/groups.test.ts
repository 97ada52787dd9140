import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import { addClient, addMcpApplication, claimsOf, signIn, startTenant, type Answer, type ConfidentialClient, type McpApplication, type Tenant } from '../entra/tenant.ts';

type Body = Record<string, unknown> & { id: string };

describe('groups in the local Graph', () => {
  let tenant: Tenant;
  let server: McpApplication;
  let client: ConfidentialClient;
  let ada: string;
  before(async () => {
    tenant = await startTenant();
    server = addMcpApplication(tenant.directory);
    client = addClient(tenant.directory);
    ada = tenant.directory.store.userByName(`ada@${tenant.directory.store.domain}`)?.id ?? '';
  });
  after(() => tenant.close());
  beforeEach(() => {
    for (const { id } of tenant.directory.store.groups.values()) tenant.directory.store.deleteGroup(id);
  });

  const assertRefused = (answer: Answer, status: number, code: string, message: RegExp): void => {
    const { error } = answer.json<{ error: { code: string; message: string } }>();
    assert.deepEqual([answer.status, error?.code], [status, code], answer.text);
    assert.match(error.message, message);
  };
  const assertDone = (answer: Answer): void => assert.deepEqual([answer.status, answer.text], [204, '']);
  const form = (name: string): Record<string, unknown> => ({ displayName: name, mailEnabled: false, mailNickname: name, securityEnabled: true });
  const create = async (name: string): Promise<Body> => {
    const answer = await tenant.callGraph('POST', '/groups', form(name));
    assert.equal(answer.status, 201, answer.text);
    return answer.json<Body>();
  };
  const add = (group: string, member: string): Promise<Answer> => tenant.callGraph('POST', `/groups/${group}/members/$ref`, { '@odata.id': `https://graph.microsoft.com/v1.0/directoryObjects/${member}` });
  const remove = (group: string, member: string): Promise<Answer> => tenant.callGraph('DELETE', `/groups/${group}/members/${member}/$ref`);
  const list = async (path: string): Promise<Body[]> => {
    const answer = await tenant.callGraph('GET', path);
    assert.equal(answer.status, 200, answer.text);
    return answer.json<{ value: Body[] }>().value;
  };
  const assign = (principalId: string, tool = 'whoami'): Promise<Answer> =>
    tenant.callGraph('POST', `/servicePrincipals/${server.servicePrincipal.id}/appRoleAssignedTo`, { principalId, resourceId: server.servicePrincipal.id, appRoleId: server.roleId(tool) });
  const signInAda = (): Promise<Answer> =>
    signIn(tenant, { user: `ada@${tenant.directory.store.domain}`, scope: `${server.identifierUri}/whoami`, clientId: tenant.directory.commandLineClientId, redirectUri: 'http://localhost:51234' });
  const rolesOfAda = async (): Promise<unknown> => claimsOf((await signInAda()).json()['access_token'])['roles'];

  it('creates, reads, finds, changes and deletes a security group', async () => {
    const made = await create('callers');
    assert.deepEqual(
      [made['securityEnabled'], made['mailEnabled'], made['groupTypes'], made['visibility'], made['deletedDateTime']],
      [true, false, [], null, null],
    );
    assert.equal('memberIds' in made, false);
    assertDone(await tenant.callGraph('PATCH', `/groups/${made.id}`, { displayName: 'Callers', description: 'may call' }));
    const read = (await tenant.callGraph('GET', `/groups/${made.id}`)).json<Body>();
    assert.deepEqual([read['displayName'], read['description'], read['mailNickname']], ['Callers', 'may call', 'callers']);
    assert.deepEqual((await list(`/groups?$filter=${encodeURIComponent("displayName eq 'callers'")}&$select=id`)).map(({ id }) => id), [made.id]);
    assertDone(await tenant.callGraph('DELETE', `/groups/${made.id}`));
    assertRefused(await tenant.callGraph('GET', `/groups/${made.id}`), 404, 'Request_ResourceNotFound', new RegExp(made.id));
    assertRefused(await tenant.callGraph('GET', `/directory/deletedItems/${made.id}`), 404, 'Request_ResourceNotFound', /./);
  });

  it('refuses what is missing, wrong, or not offered, by name', async () => {
    const { mailNickname: _without, ...incomplete } = form('x');
    assertRefused(await tenant.callGraph('POST', '/groups', incomplete), 400, 'Request_BadRequest', /'mailNickname' of resource 'Group'/);
    assertRefused(await tenant.callGraph('POST', '/groups', { ...form('x'), mailNickname: 'a b' }), 400, 'Request_BadRequest', /mailNickname/);
    assertRefused(await tenant.callGraph('POST', '/groups', { ...form('x'), colour: 'red' }), 400, 'Request_BadRequest', /'colour'/);
    assertRefused(await tenant.callGraph('POST', '/groups', { ...form('x'), id: randomUUID() }), 400, 'Request_BadRequest', /'id' is read-only/);
    for (const more of [{ groupTypes: ['Unified'] }, { membershipRule: 'user.country -eq "NL"' }, { isAssignableToRole: true }, { visibility: 'HiddenMembership' }, { mailEnabled: true }, { securityEnabled: false }]) {
      assertRefused(await tenant.callGraph('POST', '/groups', { ...form('x'), ...more }), 501, 'NotSupportedByLocalAzure', new RegExp(Object.keys(more)[0] ?? ''));
    }
    const { id } = await create('x');
    for (const path of [`/groups/${id}/owners`, `/groups/${id}/memberOf`, `/groups/${id}/members/$count`, `/users/${ada}/memberOf`]) {
      assertRefused(await tenant.callGraph('GET', path), 501, 'NotSupportedByLocalAzure', new RegExp(path.split('/').at(-1)?.replace('$', '\\$') ?? ''));
    }
  });

  it('keeps members of each kind, and tells direct from nested ones', async () => {
    const [outer, inner] = [await create('outer'), await create('inner')];
    for (const [group, member] of [[outer.id, inner.id], [outer.id, client.servicePrincipal.id], [inner.id, ada], [inner.id, outer.id]] as const) assertDone(await add(group, member));
    const direct = await list(`/groups/${outer.id}/members?$select=id,accountEnabled`);
    assert.deepEqual(direct, [
      { '@odata.type': '#microsoft.graph.group', id: inner.id },
      { '@odata.type': '#microsoft.graph.servicePrincipal', id: client.servicePrincipal.id, accountEnabled: true },
    ]);
    const whole = await list(`/groups/${outer.id}/members`);
    assert.equal(whole[1]?.['appId'], client.application.appId);
    const all = await list(`/groups/${outer.id}/transitiveMembers?$select=id`);
    assert.deepEqual(all.map(({ id }) => id).sort(), [inner.id, ada, client.servicePrincipal.id].sort(), 'groups may hold each other');
    const page = await tenant.callGraph('GET', `/groups/${outer.id}/members?$top=1`);
    assert.match(String(page.json()['@odata.nextLink']), /\$?skiptoken=1|%24skiptoken=1/);

    assertRefused(await add(outer.id, inner.id), 400, 'Request_BadRequest', /already exist/);
    assertRefused(await add(outer.id, randomUUID()), 404, 'Request_ResourceNotFound', /./);
    assertRefused(await tenant.callGraph('POST', `/groups/${outer.id}/members/$ref`, { id: ada }), 400, 'Request_BadRequest', /@odata\.id/);
    assertRefused(await tenant.callGraph('DELETE', `/groups/${outer.id}/members/${inner.id}`), 403, 'Authorization_RequestDenied', /\$ref/);
    assertDone(await remove(outer.id, inner.id));
    assertRefused(await remove(outer.id, inner.id), 404, 'Request_ResourceNotFound', /./);
    assertDone(await tenant.callGraph('DELETE', `/groups/${outer.id}`));
    assert.deepEqual((await list(`/groups/${inner.id}/members`)).map(({ id }) => id), [ada], 'a deleted group is a member no more');
  });

  it('gives the role of a group to the tokens of its direct members, of nobody that is in it by nesting, and of no service principal [entra.groups]', async () => {
    const [outer, inner] = [await create('outer'), await create('inner')];
    const made = await assign(outer.id);
    assert.equal(made.status, 201, made.text);
    assert.deepEqual([made.json()['principalType'], made.json()['principalDisplayName']], ['Group', 'outer']);
    assert.deepEqual((await list(`/groups/${outer.id}/appRoleAssignments`)).map(({ id }) => id), [made.json<Body>().id]);
    await add(outer.id, inner.id);
    await add(inner.id, ada);
    await add(outer.id, client.servicePrincipal.id);
    assert.equal(await rolesOfAda(), undefined, 'in the group by nesting alone');
    const own = await tenant.token({ grant_type: 'client_credentials', client_id: client.application.appId, client_secret: client.secret, scope: `${server.identifierUri}/.default` });
    assert.equal(claimsOf(own.json()['access_token'])['roles'], undefined, 'a service principal that is a member');

    await add(outer.id, ada);
    assert.deepEqual(await rolesOfAda(), ['Tools.whoami']);
    assert.equal((await assign(ada, 'lookup_fact')).status, 201);
    assert.deepEqual(await rolesOfAda(), ['Tools.whoami', 'Tools.lookup_fact'], 'together with her own');
    await tenant.callGraph('DELETE', `/servicePrincipals/${server.servicePrincipal.id}/appRoleAssignedTo/${(await list(`/users/${ada}/appRoleAssignments`))[0]?.id}`);
    await remove(outer.id, ada);
    assert.equal(await rolesOfAda(), undefined);
    await tenant.callGraph('DELETE', `/groups/${outer.id}`);
    assert.deepEqual(await list(`/servicePrincipals/${server.servicePrincipal.id}/appRoleAssignedTo`), [], 'an assignment ends with its group');
  });

  it('lets a group satisfy that an application requires assignment, and issues no token at all for a disabled one', async () => {
    const group = await create('callers');
    await tenant.callGraph('PATCH', `/servicePrincipals/${server.servicePrincipal.id}`, { appRoleAssignmentRequired: true });
    assert.deepEqual((await signInAda()).json<{ error_codes: number[] }>().error_codes, [50105]);
    await add(group.id, ada);
    await assign(group.id);
    assert.deepEqual(await rolesOfAda(), ['Tools.whoami']);
    await tenant.callGraph('PATCH', `/servicePrincipals/${server.servicePrincipal.id}`, { appRoleAssignmentRequired: false, accountEnabled: false });
    assert.deepEqual((await signInAda()).json<{ error_codes: number[] }>().error_codes, [500014]);
    await tenant.callGraph('PATCH', `/servicePrincipals/${server.servicePrincipal.id}`, { accountEnabled: true });
  });

  it('refuses a group a role that is for applications alone', async () => {
    const group = await create('callers');
    const current = tenant.directory.store.applications.get(server.application.id) ?? server.application;
    tenant.directory.store.applications.put(current.id, { ...current, appRoles: current.appRoles.map((role) => ({ ...role, allowedMemberTypes: ['Application'] as ('User' | 'Application')[] })) });
    assertRefused(await assign(group.id), 400, 'Request_BadRequest', /does not allow members of type User/);
    tenant.directory.store.applications.put(current.id, current);
  });

  it('finds by a list of at most fifteen values', async () => {
    const filter = (ids: readonly string[]): string => `/users?$select=id&$filter=${encodeURIComponent(`id in (${ids.map((id) => `'${id}'`).join(',')})`)}`;
    assert.deepEqual((await list(filter([randomUUID(), ada]))).map(({ id }) => id), [ada]);
    assertRefused(await tenant.callGraph('GET', filter(Array.from({ length: 16 }, () => ada))), 400, 'Request_UnsupportedQuery', /16\. Max allowed: 15/);
  });
});

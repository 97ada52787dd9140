import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { assignAppRole } from '../../../local/entra/roleAssignments.ts';
import type { Application } from '../../../local/entra/records.ts';
import { addClient, addMcpApplication, claimsOf, pkce, startTenant, type Answer, type ConfidentialClient, type McpApplication, type Tenant } from './tenant.ts';

describe('authorization code with PKCE', () => {
  let tenant: Tenant;
  let server: McpApplication;
  let web: ConfidentialClient;
  let ada: string;
  const callback = 'https://client.example/callback';
  const loopback = 'http://127.0.0.1:51234/callback';

  before(async () => {
    tenant = await startTenant();
    server = addMcpApplication(tenant.directory);
    web = addClient(tenant.directory, { displayName: 'Web client <b>', web: { ...tenant.directory.store.draftApplication('').web, redirectUris: [callback] } });
    ada = `ada@${tenant.directory.store.domain}`;
  });
  after(() => tenant.close());

  const authority = (): string => `${tenant.directory.authorityHost}/${tenant.directory.tenantId}`;
  const authorizeForm = (more: Record<string, string> = {}): Record<string, string> => ({
    client_id: tenant.directory.commandLineClientId, response_type: 'code', redirect_uri: 'http://localhost:51234', code_challenge_method: 'S256',
    scope: `openid profile offline_access ${server.identifierUri}/lookup_fact`, state: 's-1', prompt: 'none', login_hint: ada, ...more,
  });
  const authorize = (form: Record<string, string>): Promise<Answer> => tenant.send('GET', `${authority()}/oauth2/v2.0/authorize?${new URLSearchParams(form).toString()}`);
  const returned = (answer: Answer): URLSearchParams => {
    assert.equal(answer.status, 302, answer.text);
    return new URL(String(answer.headers['location'])).searchParams;
  };
  const signIn = async (more: Record<string, string> = {}): Promise<{ code: string; verifier: string }> => {
    const { verifier, challenge } = pkce();
    const back = returned(await authorize(authorizeForm({ code_challenge: challenge, ...more })));
    const code = back.get('code');
    assert.ok(code, back.toString());
    assert.equal(back.get('state'), 's-1');
    return { code, verifier };
  };
  const redeem = (code: string, verifier: string, more: Record<string, string> = {}, headers: Record<string, string> = {}): Promise<Answer> =>
    tenant.token({ grant_type: 'authorization_code', client_id: tenant.directory.commandLineClientId, code, code_verifier: verifier, redirect_uri: 'http://localhost:51234', ...more }, headers);
  const assertRefused = (answer: Answer, error: string, aadsts: number, status = 400): void => {
    const body = answer.json<{ error: string; error_codes: number[] }>();
    assert.deepEqual({ status: answer.status, error: body.error, codes: body.error_codes }, { status, error, codes: [aadsts] }, answer.text);
  };

  it('signs a local user in at once for the command line, with the scopes and the roles of the user', async () => {
    const user = tenant.directory.store.userByName(ada);
    assert.ok(user);
    assignAppRole(tenant.directory.store, { principalId: user.id, resourceId: server.servicePrincipal.id, appRoleId: server.roleId('lookup_fact') });
    const { code, verifier } = await signIn({ nonce: 'n-1' });
    const answer = await redeem(code, verifier, { client_info: '1' });
    assert.equal(answer.status, 200, answer.text);
    const body = answer.json();
    const claims = claimsOf(body['access_token']);
    assert.deepEqual(
      { aud: claims.aud, azp: claims['azp'], azpacr: claims['azpacr'], oid: claims['oid'], scp: claims['scp'], roles: claims['roles'], name: claims['name'], user: claims['preferred_username'], idtyp: claims['idtyp'] },
      { aud: server.application.appId, azp: tenant.directory.commandLineClientId, azpacr: '0', oid: user.id, scp: 'lookup_fact', roles: ['Tools.lookup_fact'], name: 'Ada Lovelace', user: ada, idtyp: undefined },
    );
    assert.notEqual(claims.sub, user.id, 'the subject is pairwise');
    assert.equal(body['scope'], `openid profile offline_access ${server.identifierUri}/lookup_fact`);
    const id = claimsOf(body['id_token']);
    assert.deepEqual({ aud: id.aud, nonce: id['nonce'] }, { aud: tenant.directory.commandLineClientId, nonce: 'n-1' });
    assert.deepEqual(JSON.parse(Buffer.from(String(body['client_info']), 'base64url').toString()), { uid: user.id, utid: tenant.directory.tenantId });
  });

  it('takes a code once', async () => {
    const { code, verifier } = await signIn();
    assert.equal((await redeem(code, verifier)).status, 200);
    assertRefused(await redeem(code, verifier), 'invalid_grant', 54005);
  });

  it('refuses a code after five minutes', async () => {
    const { code, verifier } = await signIn();
    tenant.clock.advance(5 * 60_000 + 1);
    assertRefused(await redeem(code, verifier), 'invalid_grant', 70008);
  });

  it('binds a code to verifier, redirect URI and client', async () => {
    const { code, verifier } = await signIn();
    assertRefused(await redeem(code, pkce().verifier), 'invalid_grant', 501481);
    const { code: another } = await signIn();
    assertRefused(await redeem(another, ''), 'invalid_grant', 501481);
    assertRefused(await redeem(code, verifier, { redirect_uri: 'http://localhost:51235' }), 'invalid_grant', 500112);
    assertRefused(await redeem(code, verifier, { client_id: web.application.appId, client_secret: web.secret }), 'invalid_grant', 70000);
    assertRefused(await redeem('1.made-up', verifier), 'invalid_grant', 9002313);
    assertRefused(await redeem(code, verifier, { client_secret: 'x' }), 'invalid_client', 7000215, 401);
    assert.equal((await redeem(code, verifier)).status, 200, 'a refused attempt does not spend the code');
  });

  it('requires PKCE with S256', async () => {
    const { challenge } = pkce();
    assert.match(returned(await authorize(authorizeForm())).get('error_description') ?? '', /^AADSTS50147/);
    assert.match(returned(await authorize(authorizeForm({ code_challenge: challenge, code_challenge_method: 'plain' }))).get('error_description') ?? '', /^AADSTS501491/);
    assert.match(returned(await authorize(authorizeForm({ code_challenge: challenge, response_type: 'token' }))).get('error') ?? '', /^unsupported_response_type$/);
  });

  it('sends nobody to a redirect URI that is not registered', async () => {
    const { challenge } = pkce();
    for (const redirect of ['https://evil.example/', 'http://localhost:1/other', 'http://127.0.0.1.evil.example/', 'http://user@127.0.0.1/', 'https://localhost:51234']) {
      const answer = await authorize(authorizeForm({ code_challenge: challenge, redirect_uri: redirect }));
      assert.equal(answer.status, 400, redirect);
      assert.equal(answer.headers['location'], undefined);
      assert.match(answer.text, /AADSTS50011/);
    }
    assert.match((await authorize(authorizeForm({ client_id: server.application.id }))).text, /AADSTS700016/);
  });

  it('takes any port of a registered loopback URI, and compares other URIs as they stand', async () => {
    const { challenge } = pkce();
    const port = await authorize(authorizeForm({ code_challenge: challenge, redirect_uri: 'http://127.0.0.1:9/' }));
    assert.ok(returned(port).get('code'));
    const client = { client_id: web.application.appId, code_challenge: challenge };
    assert.equal((await authorize(authorizeForm({ ...client, redirect_uri: `${callback}/` }))).status, 400);
    assert.equal((await authorize(authorizeForm({ ...client, redirect_uri: loopback }))).status, 400);
  });

  it('asks for consent on the sign-in page, and refuses silently to assume it', async () => {
    const { verifier, challenge } = pkce();
    const form = authorizeForm({ client_id: web.application.appId, redirect_uri: callback, code_challenge: challenge });
    const silent = returned(await authorize(form));
    assert.deepEqual([silent.get('error'), silent.get('state')], ['consent_required', 's-1']);
    const { prompt: _prompt, ...interactive } = form;
    const page = await authorize(interactive);
    assert.equal(page.status, 200);
    assert.match(page.text, /Its users have no passwords/);
    assert.match(page.text, /<li>lookup_fact<\/li>/);
    assert.match(page.text, new RegExp(`value="${ada}"`));
    assert.ok(page.text.includes('Web client &lt;b&gt;') && !page.text.includes('<b>'), 'names are escaped');
    assert.match(String(page.headers['content-security-policy']), /default-src 'none'/);
    const chosen = await tenant.send('POST', `${authority()}/oauth2/v2.0/authorize`, {
      headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams({ ...interactive, local_user: ada }).toString(),
    });
    const code = returned(chosen).get('code') ?? '';
    const request = { client_id: web.application.appId, redirect_uri: callback };
    assertRefused(await redeem(code, verifier, request), 'invalid_client', 7000218, 401);
    const second = returned(await authorize(form)).get('code') ?? '';
    assert.notEqual(second, '', 'the consent stays');
    const answer = await redeem(second, verifier, { ...request, client_secret: web.secret });
    assert.equal(answer.status, 200, answer.text);
    assert.equal(claimsOf(answer.json()['access_token'])['azpacr'], '1');
  });

  it('puts every consented scope in the token, preauthorized ones too, whatever was asked', async () => {
    const publicClient: Application = tenant.directory.store.addApplication({ displayName: 'Editor', publicClient: { redirectUris: ['http://127.0.0.1/callback'] } });
    tenant.directory.store.addServicePrincipal({ appId: publicClient.appId, displayName: 'Editor' });
    const current = tenant.directory.store.applications.get(server.application.id) ?? server.application;
    tenant.directory.store.applications.put(current.id, {
      ...current, api: { ...current.api, preAuthorizedApplications: [{ appId: publicClient.appId, delegatedPermissionIds: [server.scopeId('whoami'), server.scopeId('lookup_fact')] }] },
    });
    const request = { client_id: publicClient.appId, redirect_uri: loopback };
    const { code, verifier } = await signIn({ ...request, scope: `${server.identifierUri}/whoami` });
    const claims = claimsOf((await redeem(code, verifier, request)).json()['access_token']);
    assert.equal(claims['scp'], 'whoami lookup_fact');
    assert.equal(claims['name'], undefined, 'no profile scope, no name');
  });

  it('explains unknown scopes, users and mismatched resources to the client', async () => {
    const { challenge } = pkce();
    const description = async (more: Record<string, string>): Promise<string> => returned(await authorize(authorizeForm({ code_challenge: challenge, ...more }))).get('error_description') ?? '';
    assert.match(await description({ scope: `${server.identifierUri}/no_such_tool` }), /^AADSTS650053.*whoami, lookup_fact, compute_primes/);
    assert.match(await description({ login_hint: 'nobody@nowhere' }), /^AADSTS50034.*ada@/);
    assert.match(await description({ resource: 'https://127.0.0.1:9/mcp' }), /^AADSTS9010010/);
    const { login_hint: _hint, ...anonymous } = authorizeForm({ code_challenge: challenge });
    assert.match(returned(await authorize(anonymous)).get('error') ?? '', /^login_required$/);
  });

  it('refreshes, for the same client only, and not after 90 days', async () => {
    const { code, verifier } = await signIn();
    const token = String((await redeem(code, verifier)).json()['refresh_token']);
    const refresh = (value: string, more: Record<string, string> = {}): Promise<Answer> =>
      tenant.token({ grant_type: 'refresh_token', client_id: tenant.directory.commandLineClientId, refresh_token: value, ...more });
    const answer = await refresh(token);
    assert.equal(answer.status, 200, answer.text);
    assert.equal(claimsOf(answer.json()['access_token'])['scp'], 'lookup_fact');
    assert.notEqual(answer.json()['refresh_token'], token);
    assert.equal((await refresh(token)).status, 200, 'as in Entra, use does not end the old one');
    assertRefused(await refresh(token, { client_id: web.application.appId, client_secret: web.secret }), 'invalid_grant', 70000);
    assertRefused(await refresh(token, { scope: `${server.identifierUri}/compute_primes` }), 'invalid_grant', 65001);
    assertRefused(await refresh('1.made-up'), 'invalid_grant', 9002313);
    tenant.clock.advance(91 * 24 * 3_600_000);
    assertRefused(await refresh(token), 'invalid_grant', 700082);
  });

  it("redeems a single-page application's code from its own origin only", async () => {
    const spa = tenant.directory.store.addApplication({ displayName: 'Page', spa: { redirectUris: ['https://page.example/'] } });
    tenant.directory.store.addServicePrincipal({ appId: spa.appId, displayName: 'Page' });
    const current = tenant.directory.store.applications.get(server.application.id) ?? server.application;
    tenant.directory.store.applications.put(current.id, { ...current, api: { ...current.api, preAuthorizedApplications: [{ appId: spa.appId, delegatedPermissionIds: [server.scopeId('lookup_fact')] }] } });
    const request = { client_id: spa.appId, redirect_uri: 'https://page.example/' };
    const first = await signIn(request);
    assertRefused(await redeem(first.code, first.verifier, request), 'invalid_request', 9002327);
    const second = await signIn(request);
    const answer = await redeem(second.code, second.verifier, request, { origin: 'https://page.example' });
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.headers['access-control-allow-origin'], 'https://page.example');
  });
});

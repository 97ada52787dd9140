import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Client, discoverOAuthServerInfo, StreamableHTTPClientTransport, UnauthorizedError } from '@modelcontextprotocol/client';
import { UnauthorizedError as UnauthorizedOfVersion1 } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client as ClientOfVersion1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportOfVersion1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { Desk } from './desk.ts';
import { RegisteredClient, REDIRECT_URI } from './registeredClient.ts';
import { startSignInWorld, type SignInServer, type SignInWorld } from './signInWorld.ts';

interface Answer {
  readonly principal: { readonly kind: string; readonly oid: string; readonly azp: string; readonly scopes: readonly string[]; readonly roles: readonly string[] };
}

const ROLE_MISSING = { message: /MCP_ROLE_MISSING/ };

let world: SignInWorld;
let ada: string;
before(async () => {
  world = await startSignInWorld();
  ada = await world.admin.nameOf('ada');
});
after(() => world.close());

for (const authorizationServer of ['entra', 'facade'] as const) {
  describe(`[signin.client] a person signs in with the official client, authorization server ${authorizationServer}`, () => {
    let server: SignInServer;
    before(async () => {
      server = world.servers[authorizationServer];
      for (const role of ['Tools.whoami', 'Tools.lookup_fact']) await world.admin.assignRole(ada, server.clientId, role);
    });

    for (const mode of ['auto', 'legacy'] as const) {
      it(`with its client id alone, steps up when a call needs more, and refreshes, mode ${mode}`, async () => {
        const { clientId } = await world.admin.registerClient('Desk');
        const desk = new Desk(server.mcpUrl, clientId, mode);
        await desk.signIn(ada);
        const [request] = desk.keeps.authorizationUrls;
        const resource = server.mcpUrl.href;
        assert.equal(request?.origin, world.tenant.directory.authorityHost, 'the person signs in at Entra');
        assert.deepEqual(Object.fromEntries(['client_id', 'resource', 'redirect_uri', 'code_challenge_method', 'response_type', 'scope'].map((name) => [name, request?.searchParams.get(name)])), {
          client_id: clientId, resource, redirect_uri: REDIRECT_URI, code_challenge_method: 'S256', response_type: 'code', scope: `${resource}/mcp.access offline_access`,
        });
        assert.deepEqual((await desk.client.listTools()).tools.map(({ name }) => name), ['lookup_fact', 'whoami'], 'the lists go by roles alone');

        const { principal } = (await desk.stepUp(ada, 'whoami', {})) as Answer;
        assert.deepEqual(desk.keeps.requestedScopes().toSorted(), [`${resource}/mcp.access`, `${resource}/whoami`, 'offline_access'], 'what it had and what the challenge names');
        assert.deepEqual([principal.kind, principal.azp, principal.scopes.toSorted()], ['user', clientId, ['mcp.access', 'whoami']]);
        assert.equal(((await desk.stepUp(ada, 'lookup_fact', { topic: 'stateless' })) as { topic: string }).topic, 'stateless');
        assert.equal(desk.keeps.authorizationUrls.length, 3);

        await assert.rejects(desk.client.callTool({ name: 'compute_primes', arguments: { limit: 10 } }), ROLE_MISSING);
        assert.equal(desk.keeps.authorizationUrls.length, 3, 'where the role is missing nobody is asked to sign in again');

        const before = desk.keeps.tokens();
        world.tenant.clock.advance(61 * 60_000);
        const refreshed = (await desk.client.callTool({ name: 'whoami', arguments: {} })).structuredContent as Answer;
        assert.deepEqual(refreshed.principal.scopes.toSorted(), ['lookup_fact', 'mcp.access', 'whoami']);
        assert.equal(desk.keeps.authorizationUrls.length, 3, 'the person is not asked');
        assert.equal(desk.grants.at(-1), 'refresh_token');
        assert.notEqual(desk.keeps.tokens()?.access_token, before?.access_token);
        await desk.client.close();
      });
    }

    it('of version 1, which asks for no refresh token: the person signs in again when the token has expired', async () => {
      const keeps = new RegisteredClient((await world.admin.registerClient('Desk')).clientId);
      const first = new TransportOfVersion1(server.mcpUrl, { authProvider: keeps });
      await assert.rejects(new ClientOfVersion1({ name: 'desk', version: '1' }).connect(first), UnauthorizedOfVersion1);
      await first.finishAuth((await keeps.signIn(ada)).get('code') ?? '');
      const [client, transport] = [new ClientOfVersion1({ name: 'desk', version: '1' }), new TransportOfVersion1(server.mcpUrl, { authProvider: keeps })];
      await client.connect(transport);
      const call = async (): Promise<Answer> => (await client.callTool({ name: 'whoami', arguments: {} }))['structuredContent'] as Answer;
      assert.deepEqual(keeps.requestedScopes(), [`${server.mcpUrl.href}/mcp.access`]);
      await assert.rejects(call(), UnauthorizedOfVersion1);
      assert.deepEqual(keeps.requestedScopes(), [`${server.mcpUrl.href}/whoami`], 'the challenge alone; the consents before are in the token all the same');
      await transport.finishAuth((await keeps.signIn(ada)).get('code') ?? '');
      assert.deepEqual((await call()).principal.scopes.toSorted(), ['mcp.access', 'whoami']);
      world.tenant.clock.advance(61 * 60_000);
      await assert.rejects(call(), UnauthorizedOfVersion1);
      await transport.finishAuth((await keeps.signIn(ada)).get('code') ?? '');
      assert.deepEqual((await call()).principal.roles, ['Tools.whoami', 'Tools.lookup_fact']);
      assert.equal(keeps.tokens()?.refresh_token, undefined);
      await client.close();
    });

    it('and gets no token when nobody has given them a role', async () => {
      const desk = new Desk(server.mcpUrl, (await world.admin.registerClient('Desk')).clientId);
      await assert.rejects(desk.client.connect(desk.transport), UnauthorizedError);
      // The client sends the code again when it is told that nobody is assigned (AADSTS50105), and is told then that it is spent.
      await assert.rejects(desk.transport.finishAuth(await desk.keeps.signIn(await world.admin.nameOf('grace'))), { code: 'invalid_grant' });
      assert.equal(desk.keeps.tokens(), undefined);
    });

    it('and a client that nobody has registered is refused: there is neither registration nor a document for clients [signin.registered]', async () => {
      const stranger = new RegisteredClient(undefined);
      const withDocument = Object.assign(new RegisteredClient(undefined), { clientMetadataUrl: 'https://desk.example/client.json', saveClientInformation: () => undefined });
      const withRegistration = Object.assign(new RegisteredClient(undefined), { saveClientInformation: () => undefined });
      for (const [authProvider, refusal] of [[stranger, /must be saveable for dynamic registration/], [withDocument, /does not support dynamic client registration/], [withRegistration, /does not support dynamic client registration/]] as const) {
        const client = new Client({ name: 'stranger', version: '1' });
        await assert.rejects(client.connect(new StreamableHTTPClientTransport(server.mcpUrl, { authProvider })), refusal);
        assert.deepEqual(authProvider.authorizationUrls, []);
      }
      const { authorityHost, tenantId } = world.tenant.directory;
      const asDocument = await fetch(`${authorityHost}/${tenantId}/oauth2/v2.0/authorize?${new URLSearchParams({ client_id: 'https://desk.example/client.json', redirect_uri: REDIRECT_URI, response_type: 'code' }).toString()}`);
      assert.equal(asDocument.status, 400);
      assert.match(await asDocument.text(), /AADSTS700016/);
    });

    it('by metadata that echo their issuer, and name PKCE where the server stands in for Entra', async () => {
      const { authorizationServerUrl, authorizationServerMetadata, resourceMetadata } = await discoverOAuthServerInfo(server.mcpUrl);
      const issuer = authorizationServer === 'facade' ? server.mcpUrl.origin : `${world.tenant.directory.authorityHost}/${world.tenant.directory.tenantId}/v2.0`;
      assert.deepEqual([authorizationServerUrl, authorizationServerMetadata?.issuer, resourceMetadata?.authorization_servers], [issuer, issuer, [issuer]]);
      assert.deepEqual(authorizationServerMetadata?.code_challenge_methods_supported, authorizationServer === 'facade' ? ['S256'] : undefined);
      for (const member of ['registration_endpoint', 'client_id_metadata_document_supported']) assert.equal(member in (authorizationServerMetadata ?? {}), false, member);
    });
  });
}

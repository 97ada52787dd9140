import { randomUUID } from 'node:crypto';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { BASELINE_SCOPE } from '../../../app/tools/wellKnownAccess.ts';
import { createTestApp } from '../../app/support/testApp.ts';
import { trust } from '../../e2e/support/mcpLoad.ts';
import { addMcpApplication, startTenant, type McpApplication, type Tenant } from '../../local/entra/tenant.ts';
import { createDirectoryAdmin, type DirectoryAdmin } from './directoryAdmin.ts';

/** The local Entra, and the real server behind TLS in front of it, once for each setting: all on one clock. */
export interface SignInWorld {
  readonly tenant: Tenant;
  readonly admin: DirectoryAdmin;
  readonly servers: Readonly<Record<'entra' | 'facade', SignInServer>>;
  close(): Promise<void>;
}

export interface SignInServer {
  /** The MCP endpoint. */
  readonly mcpUrl: URL;
  /** Application id of the API in the tenant. */
  readonly clientId: string;
  close(): Promise<void>;
}

export async function startSignInWorld(): Promise<SignInWorld> {
  const tenant = await startTenant();
  trust(tenant.context.tls.authorityFile);
  const servers = { entra: await serve(tenant, 'entra'), facade: await serve(tenant, 'facade') };
  return {
    tenant,
    servers,
    admin: createDirectoryAdmin(tenant.graph.url, async () => (await tenant.directory.issueForOperator('https://graph.microsoft.com')).accessToken),
    async close() {
      await Promise.all(Object.values(servers).map((server) => server.close()));
      await tenant.close();
    },
  };
}

async function serve(tenant: Tenant, authorizationServer: 'entra' | 'facade'): Promise<SignInServer> {
  const { directory, context } = tenant;
  const front = createServer({ cert: context.tls.certificatePem, key: context.tls.keyPem });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(front.address() as AddressInfo).port}`;
  const api = register(tenant, `https://${host}/mcp`);
  const { app } = await createTestApp({ fetch, now: tenant.clock.now }, {
    AZURE_AUTHORITY_HOST: directory.authorityHost,
    MCP_ENTRA_TENANT_ID: directory.tenantId,
    MCP_ENTRA_CLIENT_ID: api.application.appId,
    MCP_ALLOWED_HOSTS: host,
    MCP_AUTHORIZATION_SERVER: authorizationServer,
  });
  front.on('request', (request, response) => app.http.routing(request, response));
  return {
    mcpUrl: new URL(api.identifierUri),
    clientId: api.application.appId,
    async close() {
      front.closeAllConnections();
      await new Promise((resolve) => front.close(resolve));
      await app.abortCalls();
      await app.http.close();
    },
  };
}

/** As the program of this project registers it: the baseline scope beside those of the tools, and no token for who holds no role. */
function register({ directory }: Tenant, identifierUri: string): McpApplication {
  const { store } = directory;
  const api = addMcpApplication(directory, { identifierUris: [identifierUri] });
  const baseline = { id: randomUUID(), value: BASELINE_SCOPE, isEnabled: true, type: 'User' as const, adminConsentDescription: 'Lists', adminConsentDisplayName: 'Lists', userConsentDescription: null, userConsentDisplayName: null };
  store.applications.put(api.application.id, { ...api.application, api: { ...api.application.api, oauth2PermissionScopes: [...api.application.api.oauth2PermissionScopes, baseline] } });
  store.servicePrincipals.put(api.servicePrincipal.id, { ...api.servicePrincipal, appRoleAssignmentRequired: true });
  return api;
}

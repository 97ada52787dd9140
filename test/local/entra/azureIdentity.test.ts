import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { assignAppRole } from '../../../local/entra/roleAssignments.ts';
import { addClient, addMcpApplication, runClient, startTenant, type ConfidentialClient, type McpApplication, type Tenant } from './tenant.ts';

const script = new URL('./clients/secretCredential.ts', import.meta.url);

describe('the real @azure/identity ClientSecretCredential and jose against the local Entra', () => {
  let tenant: Tenant;
  let server: McpApplication;
  let client: ConfidentialClient;
  const environment = (more: Record<string, string>): Record<string, string> => ({
    AUTHORITY_HOST: tenant.directory.authorityHost,
    TENANT_ID: tenant.directory.tenantId,
    CLIENT_ID: client.application.appId,
    CLIENT_SECRET: client.secret,
    ...more,
  });

  before(async () => {
    tenant = await startTenant();
    server = addMcpApplication(tenant.directory);
    client = addClient(tenant.directory);
    assignAppRole(tenant.directory.store, { principalId: client.servicePrincipal.id, resourceId: server.servicePrincipal.id, appRoleId: server.roleId('lookup_fact') });
  });
  after(() => tenant.close());

  it('gets a v2 token for the MCP server that verifies by the v2 metadata [entra.tokens]', async () => {
    const result = await runClient(tenant, script, environment({ SCOPE: `${server.identifierUri}/.default`, AUDIENCE: server.application.appId, METADATA: '/v2.0/.well-known/openid-configuration' }));
    const claims = result['claims'] as Record<string, unknown>;
    assert.ok(claims, String(result['error']));
    assert.deepEqual(
      { ver: claims['ver'], azp: claims['azp'], azpacr: claims['azpacr'], idtyp: claims['idtyp'], roles: claims['roles'], oid: claims['oid'], sub: claims['sub'], tid: claims['tid'], scp: claims['scp'] },
      { ver: '2.0', azp: client.application.appId, azpacr: '1', idtyp: 'app', roles: ['Tools.lookup_fact'], oid: client.servicePrincipal.id, sub: client.servicePrincipal.id, tid: tenant.directory.tenantId, scp: undefined },
    );
    assert.ok(Number(result['secondsLeft']) > 3500 && Number(result['secondsLeft']) <= 3600);
  });

  it('gets a v1 token for Azure Resource Manager that verifies by the v1 metadata', async () => {
    const result = await runClient(tenant, script, environment({ SCOPE: 'https://management.azure.com/.default', AUDIENCE: 'https://management.azure.com', METADATA: '/.well-known/openid-configuration' }));
    const claims = result['claims'] as Record<string, unknown>;
    assert.ok(claims, String(result['error']));
    assert.deepEqual(
      { ver: claims['ver'], iss: claims['iss'], appid: claims['appid'], idtyp: claims['idtyp'], azp: claims['azp'] },
      { ver: '1.0', iss: `https://sts.windows.net/${tenant.directory.tenantId}/`, appid: client.application.appId, idtyp: 'app', azp: undefined },
    );
  });

  it('is told AADSTS7000215 for a wrong secret', async () => {
    const result = await runClient(tenant, script, environment({ CLIENT_SECRET: 'not-the-secret', SCOPE: 'https://management.azure.com/.default', AUDIENCE: '', METADATA: '' }));
    assert.match(String(result['error']), /AADSTS7000215/);
    assert.doesNotMatch(String(result['error']), /not-the-secret/);
  });
});

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { AUDIENCES } from '../../../local/entra/types.ts';
import { runClient, startTenant, type Tenant } from '../../local/entra/tenant.ts';
import { listen } from '../support/azure.ts';

const script = new URL('./clients/withdrawnSecrets.ts', import.meta.url);
const IDENTITY = '/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-app';
const SCOPES = ['https://storage.azure.com/.default', 'https://vault.azure.net/.default'];

describe('a process whose secrets are withdrawn', () => {
  let tenant: Tenant;
  let own: { principalId: string; clientId: string };
  before(async () => {
    tenant = await startTenant();
    own = tenant.directory.ensureManagedIdentity(IDENTITY);
  });
  after(() => tenant.close());

  const ask = async (more: Record<string, string> = {}): Promise<{ header: string; answer: Record<string, unknown> }> => {
    const { endpoint, header } = tenant.identityEndpoint.registerWorker({ identities: [IDENTITY] });
    return { header, answer: await runClient(tenant, script, { IDENTITY_ENDPOINT: endpoint, IDENTITY_HEADER: header, MSI_ENDPOINT: endpoint, MSI_SECRET: header, AZURE_CLIENT_ID: own.clientId, SCOPES: SCOPES.join(' '), ...more }) };
  };

  it('gets tokens from the identity endpoint, by the real SDK, and has no secret in its environment [egress.secrets]', async () => {
    const { header, answer } = await ask();
    const tokens = answer['tokens'] as string[] | undefined;
    assert.equal(tokens?.length, 4, String(answer['error']));
    for (const [place, token] of tokens.entries()) {
      assert.equal((await tenant.directory.verify(`Bearer ${token}`, place % 2 === 0 ? AUDIENCES.storage : AUDIENCES.keyVault)).objectId, own.principalId);
    }
    assert.ok(!JSON.stringify(answer['environment']).includes(header));
  });

  it('sends the header to the endpoint that it came with, and nowhere else', async () => {
    const seen: (string | string[] | undefined)[] = [];
    const elsewhere = createServer((request, response) => {
      seen.push(request.headers['x-identity-header']);
      response.writeHead(400).end('{}');
    });
    const { header, answer } = await ask({ ELSEWHERE: `http://127.0.0.1:${await listen(elsewhere)}/msi/token` });
    elsewhere.closeAllConnections();
    elsewhere.close();
    assert.ok(answer['error']);
    assert.ok(seen.length > 0);
    assert.ok(!JSON.stringify([seen, answer]).includes(header));
  });
});

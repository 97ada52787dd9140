import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { decodeProtectedHeader } from 'jose';
import { AUDIENCES } from '../../../local/entra/types.ts';
import { addClient, addMcpApplication, claimsOf, pkce, startTenant, type Tenant } from './tenant.ts';

const IDENTITY = '/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-app';

async function withTenant(run: (tenant: Tenant) => Promise<Tenant>): Promise<void> {
  let tenant = await startTenant();
  try {
    tenant = await run(tenant);
  } finally {
    await tenant.close();
  }
}

describe('what outlives a restart', () => {
  it('keeps URL, keys, operator, users, applications, identities and refresh tokens', async () => {
    await withTenant(async (before) => {
      const { authorityHost, operator, commandLineClientId } = before.directory;
      const server = addMcpApplication(before.directory);
      const client = addClient(before.directory);
      const identity = before.directory.ensureManagedIdentity(IDENTITY);
      const { accessToken } = await before.directory.issueForOperator('https://management.azure.com');
      const users = before.directory.store.users.keys();

      const after = await before.restart();
      assert.equal(after.directory.authorityHost, authorityHost);
      assert.deepEqual(after.directory.operator, operator);
      assert.equal(after.directory.commandLineClientId, commandLineClientId);
      assert.deepEqual(after.directory.store.users.keys(), users);
      assert.deepEqual(after.directory.ensureManagedIdentity(IDENTITY.toUpperCase()), identity);
      assert.equal(after.directory.hasPrincipal(identity.principalId), true);
      assert.equal((await after.directory.verify(`Bearer ${accessToken}`, AUDIENCES.arm)).objectId, operator.objectId);
      const kid = decodeProtectedHeader((await after.directory.issueForOperator('https://management.azure.com')).accessToken).kid;
      assert.equal(kid, decodeProtectedHeader(accessToken).kid);
      const answer = await after.token({ grant_type: 'client_credentials', client_id: client.application.appId, client_secret: client.secret, scope: `${server.identifierUri}/.default` });
      assert.equal(answer.status, 200, answer.text);
      const asOperator = await after.token({ grant_type: 'client_credentials', client_id: operator.clientId, client_secret: operator.clientSecret, scope: 'https://management.azure.com/.default' });
      assert.equal(claimsOf(asOperator.json()['access_token'])['oid'], operator.objectId);
      return after;
    });
  });

  it('signs with a new key after rotation and still accepts tokens of the old one, until the last has expired', async () => {
    await withTenant(async (before) => {
      const old = await before.directory.issueForOperator('https://management.azure.com');
      const kid = await before.directory.rotateSigningKey();
      const tenant = await before.restart();
      const fresh = await tenant.directory.issueForOperator('https://management.azure.com');
      assert.equal(decodeProtectedHeader(fresh.accessToken).kid, kid);
      await tenant.directory.verify(`Bearer ${old.accessToken}`, AUDIENCES.arm);
      const published = async (): Promise<number> =>
        (await tenant.send('GET', `${tenant.directory.authorityHost}/${tenant.directory.tenantId}/discovery/v2.0/keys`)).json<{ keys: unknown[] }>().keys.length;
      assert.equal(await published(), 2);
      tenant.clock.advance(25 * 3_600_000);
      assert.equal(await published(), 1);
      return tenant;
    });
  });

  it('frees its port when it cannot start, as with a lost sealing key', async () => {
    const tenant = await startTenant();
    const port = tenant.entra.listener.port;
    await tenant.stop();
    try {
      await writeFile(join(tenant.stateDir, 'seal.key'), randomBytes(32));
      await assert.rejects(startTenant(tenant.stateDir), /cannot be opened.*Restore the seal\.key/);
      await assert.rejects(fetch(`http://127.0.0.1:${port}/`), (error: Error) => (error.cause as NodeJS.ErrnoException).code === 'ECONNREFUSED');
    } finally {
      await rm(tenant.stateDir, { recursive: true, force: true });
    }
  });

  it('writes no secret, code, token or private key into its state', async () => {
    await withTenant(async (tenant) => {
      const server = addMcpApplication(tenant.directory);
      const client = addClient(tenant.directory);
      const { verifier, challenge } = pkce();
      const authority = `${tenant.directory.authorityHost}/${tenant.directory.tenantId}`;
      const query = new URLSearchParams({
        client_id: tenant.directory.commandLineClientId, response_type: 'code', redirect_uri: 'http://localhost', code_challenge: challenge, code_challenge_method: 'S256',
        scope: `offline_access ${server.identifierUri}/whoami`, prompt: 'none', login_hint: `grace@${tenant.directory.store.domain}`,
      });
      const back = await tenant.send('GET', `${authority}/oauth2/v2.0/authorize?${query.toString()}`);
      const code = new URL(String(back.headers['location'])).searchParams.get('code') ?? '';
      const answer = (await tenant.token({ grant_type: 'authorization_code', client_id: tenant.directory.commandLineClientId, redirect_uri: 'http://localhost', code, code_verifier: verifier })).json<Record<string, string>>();
      assert.ok(answer['refresh_token'], JSON.stringify(answer));
      const added = (await tenant.callGraph('POST', `/applications/${client.application.id}/addPassword`, {})).json<{ secretText: string }>();
      const secrets = [client.secret, tenant.directory.operator.clientSecret, code, verifier, answer['refresh_token'], answer['access_token'], added.secretText].map(String);
      assert.ok(secrets.every((secret) => secret.length >= 40));
      const data = join(tenant.stateDir, 'data');
      const files = await readdir(data);
      assert.ok(files.includes('entra-seed.json') && files.includes('entra-signing-keys.json') && files.includes('entra-refresh-tokens.json'));
      for (const file of files) {
        const text = await readFile(join(data, file), 'utf8');
        for (const secret of secrets) assert.ok(!text.includes(secret), `${file} has a secret in clear`);
        assert.doesNotMatch(text, /"(d|p|q|dp|dq|qi)":/, `${file} has a private key in clear`);
      }
      return tenant;
    });
  });
});

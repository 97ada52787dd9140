import assert from 'node:assert/strict';
import { createPublicKey, hash, verify } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createVaultSigner } from '../../../app/audit/signer.ts';
import type { JsonObject } from '../../../local/arm/types.ts';
import { createKeyVault, type KeyVault } from '../../../local/keyvault/index.ts';
import { makeStateDir, startCloud, type ArmAnswer, type Cloud } from './cloud.ts';

const VERSION = '2024-11-01';
const code = ({ body }: ArmAnswer): unknown => (body['error'] as JsonObject | undefined)?.['code'];

describe('keys of a vault', () => {
  let cloud: Cloud<KeyVault>;
  let stateDir: Awaited<ReturnType<typeof makeStateDir>>;
  let vault = '';
  let keyUrl = '';
  const putKey = (name: string, properties: JsonObject): Promise<ArmAnswer> => cloud.arm('PUT', `${vault}/keys/${name}`, VERSION, { properties });
  const ask = async (token: string, path: string, body?: object): Promise<{ status: number; body: JsonObject }> => {
    const answer = await fetch(`${keyUrl}${path}?api-version=7.6`, { method: body ? 'POST' : 'GET', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, ...(body ? { body: JSON.stringify(body) } : {}) });
    return { status: answer.status, body: (await answer.json()) as JsonObject };
  };

  before(async () => {
    stateDir = await makeStateDir();
    cloud = await startCloud(stateDir.path, createKeyVault);
    vault = `${cloud.group}/providers/Microsoft.KeyVault/vaults/kv-keys`;
    await cloud.arm('PUT', vault, VERSION, { location: 'westeurope', properties: { tenantId: cloud.context.tenantId, sku: { family: 'A', name: 'standard' }, enableRbacAuthorization: true } });
    const { status, body } = await putKey('audit-anchor', { kty: 'EC', curveName: 'P-256', keyOps: ['sign', 'verify'] });
    assert.equal(status, 201, JSON.stringify(body));
    keyUrl = String((body['properties'] as JsonObject)['keyUri']);
  });
  after(async () => {
    await cloud.close();
    await stateDir.remove();
  });

  it('sign for who may, and the public half verifies it [vault.sign]', async () => {
    const { principalId, credential } = await cloud.identity('id-signer');
    const tokenOf = async (scope: string): Promise<string> => (await credential.getToken(scope))?.token ?? '';
    const sign = createVaultSigner({ keyUrl, getToken: tokenOf, fetch, timeoutMs: 5_000 });
    await assert.rejects(sign('text'), /HTTP 403/);
    await cloud.assign(principalId, 'Key Vault Administrator', `${vault}/keys/audit-anchor`);
    const { key, signature } = await sign('text');
    const shown = await ask(await tokenOf('https://vault.azure.net/.default'), '');
    const jwk = shown.body['key'] as JsonObject;
    assert.equal(jwk['kid'], key);
    assert.deepEqual(Object.keys(jwk).sort(), ['crv', 'key_ops', 'kid', 'kty', 'x', 'y']);
    const publicKey = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x: String(jwk['x']), y: String(jwk['y']) }, format: 'jwk' });
    assert.ok(verify('sha256', Buffer.from('text'), { key: publicKey, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url')));
    assert.ok(!verify('sha256', Buffer.from('other'), { key: publicKey, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url')));
  });

  it('are made once: the same PUT again changes nothing', async () => {
    const again = await putKey('audit-anchor', { kty: 'EC', curveName: 'P-256', keyOps: ['sign', 'verify'] });
    const first = await cloud.arm('GET', `${vault}/keys/audit-anchor`, VERSION);
    assert.equal((again.body['properties'] as JsonObject)['keyUriWithVersion'], (first.body['properties'] as JsonObject)['keyUriWithVersion']);
  });

  it('are refused in what is not held here, by name, and in what Azure refuses', async () => {
    assert.equal(code(await putKey('rsa', { kty: 'RSA', keySize: 2048 })), 'NotSupportedByLocalAzure');
    assert.equal(code(await putKey('odd', { kty: 'EC', curveName: 'P-256', keyOps: ['fly'] })), 'InvalidRequestContent');
    assert.equal(code(await putKey('under_score', { kty: 'EC', curveName: 'P-256' })), 'BadParameter');
    const token = (await cloud.operator.getToken('https://vault.azure.net/.default'))?.token ?? '';
    assert.equal((await ask(token, '/sign', { alg: 'RS256', value: 'AA' })).status, 501);
    assert.equal((await ask(token, '/sign', { alg: 'ES256', value: hash('sha256', 'x', 'base64url').slice(2) })).status, 400);
    assert.equal((await ask(token, '/0123456789abcdef0123456789abcdef')).status, 404);
    assert.equal((await ask(token, '/encrypt', { alg: 'A', value: 'AA' })).status, 501);
  });

  it('lie sealed on disk', async () => {
    const texts = await Promise.all((await readdir(stateDir.path, { recursive: true, withFileTypes: true })).filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name), 'utf8')));
    assert.ok(texts.some((text) => text.includes('sealedKey')));
    assert.ok(!texts.some((text) => text.includes('PRIVATE KEY') && text.includes('audit-anchor')));
    assert.ok(!texts.some((text) => text.includes('"d":')));
  });
});

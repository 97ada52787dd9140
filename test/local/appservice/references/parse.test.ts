import assert from 'node:assert/strict';
import { it } from 'node:test';
import { parseReference } from '../../../../local/appservice/references/parse.ts';

it('reads both forms, with and without a version', () => {
  const cases: [string, object][] = [
    ['@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/key)', { vaultUri: 'https://v.vault.azure.net/', secretName: 'key' }],
    ['@Microsoft.KeyVault(SecretUri=https://127.0.0.1:4433/secrets/key/)', { vaultUri: 'https://127.0.0.1:4433/', secretName: 'key' }],
    ['@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/key/0123ab)', { vaultUri: 'https://v.vault.azure.net/', secretName: 'key', version: '0123ab' }],
    ['@Microsoft.KeyVault(VaultName=v;SecretName=key)', { vaultName: 'v', secretName: 'key' }],
    ['@microsoft.keyvault( vaultname=v ; secretname=key ; secretversion=01 )', { vaultName: 'v', secretName: 'key', version: '01' }],
  ];
  for (const [text, expected] of cases) assert.deepEqual(parseReference(text), { kind: 'secret', ...expected }, text);
});

it('leaves other values alone, and calls a broken reference broken', () => {
  for (const value of ['', 'plain', 'Microsoft.KeyVault(VaultName=v)', '@Other(SecretUri=x)']) assert.equal(parseReference(value), undefined, value);
  for (const value of [
    '@Microsoft.KeyVault', '@Microsoft.KeyVault()', '@Microsoft.KeyVault(VaultName=v)', '@Microsoft.KeyVault(SecretUri=http://v/secrets/key)',
    '@Microsoft.KeyVault(SecretUri=https://v/keys/key)', '@Microsoft.KeyVault(SecretUri=https://v/secrets/)', '@Microsoft.KeyVault(SecretUri=https://v/secrets/a/b/c)', '@Microsoft.KeyVault(oops)',
  ]) assert.equal(parseReference(value)?.kind, 'invalid', value);
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { acceptedKeys, parseRequestStateKeys, requestStateKeyIds } from '../../../app/identity/requestStateKeys.ts';
import { ConfigurationError, readSettings } from '../../../infra/config.ts';
import { formatKeyRing, keyIdsOf, parseKeyRing } from '../../../scripts/secrets/keyRing.ts';

const key = (byte: number, length = 32): string => Buffer.alloc(length, byte).toString('base64url');
const [A, B] = [key(1), key(2)];

describe('the keys of requestState', () => {
  it('are one key, or two of which the first mints and both are accepted', () => {
    assert.deepEqual(parseRequestStateKeys(A), { current: new Uint8Array(32).fill(1) });
    assert.deepEqual(parseRequestStateKeys(`current:${A},next:${B}`), { current: new Uint8Array(32).fill(1), next: new Uint8Array(32).fill(2) });
    const promoted = parseRequestStateKeys(`current:${B},previous:${A}`);
    assert.ok(promoted);
    assert.deepEqual(acceptedKeys(promoted).map(([byte]) => byte), [2, 1]);
  });

  const refused = ['', 'current:', key(1, 31), `current:${A}`, `next:${A}`, `${A},${B}`, `current:${A},next:${A}`, `current:${A},next:${A}=`, `current:${A},next:${key(2, 31)}`, `next:${A},current:${B}`,
    `current:${A},previous:${B},next:${key(3)}`, `current:${A}, next:${B}`, `current:${A},other:${B}`, '@Microsoft.KeyVault(SecretUri=https://v/secrets/s)'];
  for (const text of refused) {
    it(`are not ${JSON.stringify(text).slice(0, 40)} (${text.length} characters)`, () => assert.equal(parseRequestStateKeys(text), undefined));
  }

  it('are read alike by the server, the program and the command, and named alike', () => {
    const keys = fc.uint8Array({ minLength: 30, maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('base64url'));
    const forms = fc.oneof(
      keys, fc.constantFrom(...refused, A),
      fc.tuple(keys, fc.constantFrom('next', 'previous', 'other'), keys).map(([one, role, other]) => `current:${one},${role}:${other}`),
    );
    fc.assert(fc.property(forms, (text) => {
      const [inApp, inCommand] = [parseRequestStateKeys(text), parseKeyRing(text)];
      assert.equal(inCommand !== undefined, inApp !== undefined, text);
      assert.equal(isConfigurable(text), inApp !== undefined, text);
      if (!inApp || !inCommand) return;
      assert.deepEqual(JSON.parse(JSON.stringify(requestStateKeyIds(inApp))), keyIdsOf(inCommand));
      assert.deepEqual(parseKeyRing(formatKeyRing(inCommand)), inCommand);
    }));
  });

  it('have names of eight digits that are pinned: operators compare them over versions of the server', () => {
    assert.deepEqual(keyIdsOf({ current: A, next: B }), { current: 'bd6d9949', next: 'd17d5660' });
  });
});

function isConfigurable(text: string): boolean {
  try {
    return readSettings('staging', { 'azure-native:location': 'westeurope', 'mcp-app-service:requestStateKey': text }).requestStateKey === text;
  } catch (error) {
    assert.ok(error instanceof ConfigurationError);
    if (text.length > 20) assert.ok(!error.message.includes(text), 'the value is not shown');
    return false;
  }
}

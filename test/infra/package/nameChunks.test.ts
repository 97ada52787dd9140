import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nameChunks } from '../../../infra/package/nameChunks.ts';

const bundleOf = (first: string, second: string): Record<string, Uint8Array> => ({
  [`chunks/${second}.mjs`]: Buffer.from(`import"../server.mjs";import"./${first}.mjs";s()`),
  [`chunks/${first}.mjs`]: Buffer.from(`const x=()=>import('./${second}.mjs');"ABCDEFGH.mjs"`),
  'server.mjs': Buffer.from(`import"./chunks/${first}.mjs";import"./chunks/${second}.mjs"`),
});

describe('nameChunks', () => {
  it('gives the same names and texts whatever the hashes were', () => {
    const named = nameChunks(bundleOf('AAAAAAA1', 'ZZZZZZZ2'), 'server.mjs');
    assert.deepEqual(Object.fromEntries(Object.entries(named).map(([name, bytes]) => [name, Buffer.from(bytes).toString()])), {
      'server.mjs': 'import"./chunks/001.mjs";import"./chunks/002.mjs"',
      'chunks/001.mjs': 'const x=()=>import(\'./002.mjs\');"ABCDEFGH.mjs"',
      'chunks/002.mjs': 'import"../server.mjs";import"./001.mjs";s()',
    });
    assert.deepEqual(nameChunks(bundleOf('ZZZZZZZ9', 'AAAAAAA0'), 'server.mjs'), named);
  });

  it('refuses a file that nothing reaches', () => {
    assert.throws(() => nameChunks({ 'server.mjs': Buffer.from(''), 'chunks/AAAAAAAA.mjs': Buffer.from('') }, 'server.mjs'), /does not reach: chunks\/AAAAAAAA\.mjs/);
  });
});

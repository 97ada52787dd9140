import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { localFolders } from '../../../scripts/cloud/folders.ts';
import { renewStackConfig, withLocalValuesOf } from '../../../scripts/cloud/stackConfig.ts';
import { quote } from '../../../scripts/commands/env.ts';

test('the copy of a stack\'s settings follows the tracked file and keeps the salt of the former copy', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'stack-config-'));
  t.after(() => rmSync(root, { recursive: true }));
  const folders = localFolders({ MCP_LOCAL_DIR: root });
  const tracked = join(root, 'Pulumi.staging.yaml');
  writeFileSync(tracked, '# why\nconfig:\n  a:b: "1"\n');
  const copy = renewStackConfig(folders, 'staging', tracked);
  assert.equal(readFileSync(copy, 'utf8'), readFileSync(tracked, 'utf8'));
  assert.equal(statSync(copy).mode & 0o077, 0);
  writeFileSync(copy, `encryptionsalt: v1:abc\n${readFileSync(copy, 'utf8')}`);
  writeFileSync(tracked, '# why\nconfig:\n  a:b: "2"\n');
  renewStackConfig(folders, 'staging', tracked);
  const renewed = readFileSync(copy, 'utf8');
  assert.match(renewed, /a:b: "2"/);
  assert.match(renewed, /^encryptionsalt: v1:abc$/m);
  assert.match(renewed, /^# why$/m);
  assert.doesNotMatch(readFileSync(tracked, 'utf8'), /encryptionsalt/);
});

test('a former copy without a salt, or cut off, gives none', () => {
  for (const former of ['', 'config: {}', 'encryptionsalt:', '{']) assert.equal(withLocalValuesOf('config: {}\n', former), 'config: {}\n');
});

test('a pin of the staging slot stays in the copy, and one of Azure does not come in', () => {
  const pin = (digit: string): string => `mcp-app-service:stagingPackage: 5e6f7a8b/${digit.repeat(64)}`;
  assert.match(withLocalValuesOf('config:\n  a:b: "1"\n', `config:\n  a:b: "0"\n  ${pin('a')}\n`), new RegExp(`a:b: "1"\n  ${pin('a')}\n`));
  assert.doesNotMatch(withLocalValuesOf(`config:\n  a:b: "1"\n  ${pin('b')}\n`, 'config: {}\n'), /stagingPackage/);
});

test('values are quoted for a POSIX shell', () => {
  assert.equal(quote(`a b$c'd"e`), `'a b$c'\\''d"e'`);
});

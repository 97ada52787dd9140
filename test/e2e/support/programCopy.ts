import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectDir } from './localRun.ts';

/** What a command needs of the checkout. */
const PARTS = ['app', 'infra', 'policy', 'scripts', 'local', 'package.json', 'Pulumi.yaml', 'Pulumi.staging.yaml', 'Pulumi.prod.yaml'];

/**
 * The project in a folder of its own, one file changed: the tracked files stay as they are. The caller removes the folder.
 * @param file the file that is changed, below the root
 */
export function copyProgram(file: string, change: (text: string) => string): string {
  const copy = mkdtempSync(join(tmpdir(), 'mcp-program-'));
  for (const name of PARTS) cpSync(join(projectDir, name), join(copy, name), { recursive: true });
  symlinkSync(join(projectDir, 'node_modules'), join(copy, 'node_modules'));
  const path = join(copy, file);
  const text = readFileSync(path, 'utf8');
  const changed = change(text);
  assert.notEqual(changed, text, `${file} has what is to be changed`);
  writeFileSync(path, changed);
  return copy;
}

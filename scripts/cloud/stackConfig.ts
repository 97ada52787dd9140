import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { projectDir, type LocalFolders } from './folders.ts';
import type { StackName } from '../arguments.ts';

/** The copy of a stack's settings that local commands use: the engine writes its `encryptionsalt` there, not into the tracked file. */
export function stackConfigPath(folders: LocalFolders, stack: StackName): string {
  return join(folders.stackConfigs, `Pulumi.${stack}.yaml`);
}

/**
 * Renews the copy from the tracked file; the salt that the engine wrote into the former copy stays.
 * @returns path of the copy
 */
export function renewStackConfig(folders: LocalFolders, stack: StackName, source = join(projectDir, `Pulumi.${stack}.yaml`)): string {
  const copy = stackConfigPath(folders, stack);
  mkdirSync(folders.stackConfigs, { recursive: true, mode: 0o700 });
  const text = withSaltOf(readFileSync(source, 'utf8'), existsSync(copy) ? readFileSync(copy, 'utf8') : '');
  const temporary = `${copy}.${process.pid}`;
  writeFileSync(temporary, text, { mode: 0o600 });
  renameSync(temporary, copy);
  return copy;
}

/** The tracked text with the `encryptionsalt` of the former copy, where there is one. */
export function withSaltOf(tracked: string, former: string): string {
  const salt = parseDocument(former).get('encryptionsalt');
  if (typeof salt !== 'string') return tracked;
  const document = parseDocument(tracked);
  document.set('encryptionsalt', salt);
  return document.toString();
}

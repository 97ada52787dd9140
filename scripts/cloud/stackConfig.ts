import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { PROJECT } from '../../infra/config.ts';
import { projectDir, type LocalFolders } from './folders.ts';
import type { StackName } from '../arguments.ts';

/** The setting that names the package of the staging slot. In Azure it stands in the tracked file; here it is the local cloud's own. */
export const PIN_KEY = `${PROJECT}:stagingPackage`;

/** The copy of a stack's settings that local commands use: the engine writes its `encryptionsalt` and the pin of the staging slot there, not into the tracked file. */
export function stackConfigPath(folders: LocalFolders, stack: StackName): string {
  return join(folders.stackConfigs, `Pulumi.${stack}.yaml`);
}

/**
 * Renews the copy from the tracked file; the salt and the pin that the engine wrote into the former copy stay.
 * @returns path of the copy
 */
export function renewStackConfig(folders: LocalFolders, stack: StackName, source = join(projectDir, `Pulumi.${stack}.yaml`)): string {
  const copy = stackConfigPath(folders, stack);
  mkdirSync(folders.stackConfigs, { recursive: true, mode: 0o700 });
  const text = withLocalValuesOf(readFileSync(source, 'utf8'), existsSync(copy) ? readFileSync(copy, 'utf8') : '');
  const temporary = `${copy}.${process.pid}`;
  writeFileSync(temporary, text, { mode: 0o600 });
  renameSync(temporary, copy);
  return copy;
}

/** The tracked text with `encryptionsalt` and pin of the former copy, where there are any. A tracked pin names a package that this cloud does not hold. */
export function withLocalValuesOf(tracked: string, former: string): string {
  const before = parseDocument(former);
  const salt = before.get('encryptionsalt');
  const pin = before.getIn(['config', PIN_KEY]);
  const document = parseDocument(tracked);
  const hadPin = document.deleteIn(['config', PIN_KEY]);
  if (typeof salt !== 'string' && typeof pin !== 'string' && !hadPin) return tracked;
  if (typeof salt === 'string') document.set('encryptionsalt', salt);
  if (typeof pin === 'string') document.setIn(['config', PIN_KEY], pin);
  return document.toString();
}

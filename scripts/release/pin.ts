import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { PIN_KEY } from '../cloud/stackConfig.ts';

/** Which package the stack pins to its staging slot, by name; undefined for the build. @param settingsFile the stack's, as the engine reads it */
export function readPin(settingsFile: string): string | undefined {
  const pin = parseDocument(readFileSync(settingsFile, 'utf8')).getIn(['config', PIN_KEY]);
  return typeof pin === 'string' ? pin : undefined;
}

/**
 * Pins a package to the staging slot, or takes the pin away, as `pulumi config set` does: one line of the file changes, in one step.
 * @param name of the package's blob without `.zip`; undefined for the build
 */
export function writePin(settingsFile: string, name: string | undefined): void {
  if (readPin(settingsFile) === name) return;
  const temporary = `${settingsFile}.${process.pid}`;
  writeFileSync(temporary, withPin(readFileSync(settingsFile, 'utf8'), name), { mode: statSync(settingsFile).mode & 0o777 });
  renameSync(temporary, settingsFile);
}

/** The settings of a stack with another pin, or without one; every other line stays as it is. */
export function withPin(settings: string, name: string | undefined): string {
  const document = parseDocument(settings);
  if (name === undefined) document.deleteIn(['config', PIN_KEY]);
  else document.setIn(['config', PIN_KEY], name);
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

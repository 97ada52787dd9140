import { readEntries, readInput, readItems, readPath, isRecord, type Reading } from './readInput.ts';
import { SITES_AND_SLOTS, typeKeyOf } from './typeKey.ts';

/** The settings of a site and of a slot as resources of their own. */
export const SETTINGS_RESOURCES = ['web:WebAppApplicationSettings', 'web:WebAppApplicationSettingsSlot'] as const;

/** `unknown`: there are settings, and nothing of them is known. */
export type AppSettings = 'unknown' | readonly (readonly [name: string, value: Reading])[];

/**
 * The app settings that a resource carries: those of a settings resource, or those inside of a site or slot.
 * @returns undefined when the type carries none
 */
export function appSettingsOf({ type, props }: { readonly type: string; readonly props: Readonly<Record<string, unknown>> }): AppSettings | undefined {
  const key = typeKeyOf(type);
  if (isOneOf(SETTINGS_RESOURCES, key)) return whenKnown(readInput(props, 'properties'), readEntries);
  if (!isOneOf(SITES_AND_SLOTS, key)) return undefined;
  const lists = [readPath(props, 'siteConfig.appSettings'), readPath(props, 'siteConfig.connectionStrings')];
  const settings = lists.map((reading) => whenKnown(reading, (value) => (readItems(value) ?? []).flatMap(asEntry)));
  return settings.includes('unknown') ? 'unknown' : settings.flatMap((list) => (list === 'unknown' ? [] : list));
}

function whenKnown(reading: Reading, entries: (value: unknown) => Exclude<AppSettings, 'unknown'>): AppSettings {
  if (reading.state === 'unknown') return 'unknown';
  return reading.state === 'absent' ? [] : entries(reading.value);
}

/** `{ name, value }`; for a connection string `{ name, connectionString }`. */
function asEntry(reading: Reading): Exclude<AppSettings, 'unknown'> {
  if (reading.state === 'unknown') return [['', reading]];
  if (reading.state === 'absent' || !isRecord(reading.value)) return [];
  const name = readInput(reading.value, 'name');
  const [value, connectionString] = [readInput(reading.value, 'value'), readInput(reading.value, 'connectionString')];
  return [[name.state === 'known' && typeof name.value === 'string' ? name.value : '', value.state === 'absent' ? connectionString : value]];
}

function isOneOf(keys: readonly string[], key: string): boolean {
  return keys.includes(key);
}

import type { Json, JsonObject } from '../../arm/types.ts';
import type { IsSticky } from './slotSettings.ts';

/**
 * One difference between two slots.
 * Source: learn.microsoft.com, REST API, "Web Apps - List Slot Differences Slot", SlotDifference. The values are those that are configured: of a Key Vault
 * reference the reference, never the secret.
 */
export interface SlotDifference {
  readonly level: 'Information' | 'Warning';
  readonly settingType: 'General' | 'AppSetting';
  /** The names are those that the Azure portal reads (Azure/azure-functions-ux, `slots-diff.ts`); the REST reference lists none. */
  readonly diffRule: 'SettingsWillBeModifiedInDestination' | 'SettingsWillBeAddedToDestination' | 'SettingsNotInSource' | 'SlotSettingsMissing' | 'SlotSettingsSameValue';
  readonly settingName: string;
  readonly valueInCurrentSlot: string | undefined;
  readonly valueInTargetSlot: string | undefined;
  readonly description: string;
}

/** What of a slot a swap may exchange. */
export interface SlotContent {
  readonly settings: Readonly<Record<string, string>>;
  /** Swapped properties, with their defaults. */
  readonly general: JsonObject;
}

/** What a swap would change in the target, and slot settings that look forgotten. Slot settings that differ, as they should, are not among it. */
export function listDifferences(source: SlotContent, target: SlotContent, isSticky: IsSticky): SlotDifference[] {
  const general = namesOf(source.general, target.general).flatMap((name) => compare('General', name, shown(source.general[name]), shown(target.general[name])));
  const settings = namesOf(source.settings, target.settings).flatMap((name) => {
    const [current, wanted] = [source.settings[name], target.settings[name]];
    return isSticky(name) ? compareSticky(name, current, wanted) : compare('AppSetting', name, current, wanted);
  });
  return [...general, ...settings];
}

function compare(settingType: SlotDifference['settingType'], settingName: string, current: string | undefined, target: string | undefined): SlotDifference[] {
  if (current === target) return [];
  const values = { settingType, settingName, valueInCurrentSlot: current, valueInTargetSlot: target };
  if (current === undefined) return [{ ...values, level: 'Warning', diffRule: 'SettingsNotInSource', description: 'The setting is not in the source slot: the swap takes it from the destination slot.' }];
  if (target === undefined) return [{ ...values, level: 'Information', diffRule: 'SettingsWillBeAddedToDestination', description: 'The setting will be added to the destination slot.' }];
  return [{ ...values, level: 'Information', diffRule: 'SettingsWillBeModifiedInDestination', description: 'The setting will be modified in the destination slot.' }];
}

function compareSticky(settingName: string, current: string | undefined, target: string | undefined): SlotDifference[] {
  const values = { level: 'Warning', settingType: 'AppSetting', settingName, valueInCurrentSlot: current, valueInTargetSlot: target } as const;
  if (current === undefined || target === undefined) return [{ ...values, diffRule: 'SlotSettingsMissing', description: `The slot setting is missing in the ${current === undefined ? 'source' : 'destination'} slot.` }];
  return current === target ? [{ ...values, diffRule: 'SlotSettingsSameValue', description: 'The slot setting has the same value in both slots.' }] : [];
}

function namesOf(one: object, other: object): string[] {
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].toSorted();
}

function shown(value: Json | undefined): string | undefined {
  return value === undefined || value === null ? undefined : typeof value === 'string' ? value : JSON.stringify(value);
}

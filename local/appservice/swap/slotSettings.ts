import { z } from 'zod';
import type { Arm } from '../../arm/types.ts';
import { notSupportedLocally } from '../../core/errors.ts';
import { parseSiteId } from '../siteSpec.ts';

type Settings = Readonly<Record<string, string>>;

/** Whether an app setting stays with its slot. */
export type IsSticky = (name: string) => boolean;

const slotConfigNamesSchema = z.object({ appSettingNames: z.array(z.string()).nullish() });

/**
 * App settings that belong to what a swap leaves where it is, and stay with it though nobody marked them.
 * Source: learn.microsoft.com, "Set up staging environments", "Which settings are swapped?".
 */
const STICKY_BY_NATURE = [/_EXTENSION_VERSION$/i, /^WEBSITE_HTTPLOGGING_RETENTION_DAYS$/i, /^DIAGNOSTICS_AZUREBLOBRETENTIONDAYS$/i];
/** The same page, note: with 0 or false, what is not swapped by default is swapped. */
const OVERRIDE = 'WEBSITE_OVERRIDE_PRESERVE_DEFAULT_STICKY_SLOT_SETTINGS';

/** Which app settings of a site's slots are slot settings: `config/slotConfigNames` holds their names, for all slots together. */
export function readStickyNames(arm: Pick<Arm, 'get'>, siteId: string): IsSticky {
  const resource = arm.get(`${parseSiteId(siteId).siteId}/config/slotConfigNames`);
  const marked = new Set((slotConfigNamesSchema.parse(resource?.properties ?? {}).appSettingNames ?? []).map((name) => name.toLowerCase()));
  return (name) => marked.has(name.toLowerCase()) || STICKY_BY_NATURE.some((pattern) => pattern.test(name));
}

/** What a slot has after the app of another came into it: that app's own settings, and the slot's sticky ones. */
export function settingsInSlot(app: Settings, slot: Settings, isSticky: IsSticky): Record<string, string> {
  const of = (settings: Settings, sticky: boolean): [string, string][] => Object.entries(settings).filter(([name]) => isSticky(name) === sticky);
  return Object.fromEntries([...of(app, false), ...of(slot, true)]);
}

/** @throws AzureError NotSupportedByLocalAzure when the settings ask for a swap of what is not swapped by default */
export function judgeOverride(settings: Settings): void {
  const given = settings[OVERRIDE]?.toLowerCase();
  if (given === '0' || given === 'false') throw notSupportedLocally(`A swap with ${OVERRIDE} turned off`);
}

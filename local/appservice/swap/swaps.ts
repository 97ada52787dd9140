import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Arm, JsonObject, Resource } from '../../arm/types.ts';
import type { LocalContext } from '../../core/context.ts';
import { AzureError, notSupportedLocally } from '../../core/errors.ts';
import { SWAP_PING_TRIES } from '../limits.ts';
import { readPlatformSettings } from '../platformSettings.ts';
import { SITE_CONFIG_DEFAULTS } from '../rows/siteDefaults.ts';
import type { SettingsStore } from '../settingsStore.ts';
import type { SiteRuntime } from '../siteRuntime.ts';
import { parseSiteId, siteKey } from '../siteSpec.ts';
import type { Timing } from '../timing.ts';
import { listDifferences, type SlotContent, type SlotDifference } from './differences.ts';
import { createSwapRecords, type SwapRecord } from './records.ts';
import { readExchanged, writeExchanged } from './siteProperties.ts';
import { judgeOverride, readStickyNames, settingsInSlot } from './slotSettings.ts';
import { untilAborted } from './untilAborted.ts';
import { warmUpForSwap } from './warmUp.ts';

/** The body of the slot actions. Source: learn.microsoft.com, REST API, "Web Apps - Swap Slot", CsmSlotEntity. */
const slotEntitySchema = z.object({ targetSlot: z.string().min(1), preserveVnet: z.boolean() });

export interface SwapDependencies {
  readonly context: Pick<LocalContext, 'documents' | 'sealer' | 'log' | 'now'>;
  readonly arm: Pick<Arm, 'get' | 'list' | 'update'>;
  readonly settings: SettingsStore;
  readonly timing: Timing;
  readonly find: (siteId: string) => SiteRuntime | undefined;
}

/** Swaps of slots: what the ARM actions do, and what they forbid meanwhile. */
export interface Swaps {
  /**
   * Swaps a site or slot with another slot of the site; completes a preview of the two. It goes on after the call.
   * @returns id of the operation
   * @throws AzureError Conflict, NotFound, BadRequest, NotSupportedByLocalAzure
   */
  start(sourceId: string, body: unknown): string;
  /** First phase of a swap with preview: the source gets the target's slot settings and restarts. */
  applySlotConfig(sourceId: string, body: unknown): void;
  /** Cancels a preview: the source gets its own settings back. Without one there is nothing to do. */
  resetSlotConfig(sourceId: string): void;
  listDifferences(sourceId: string, body: unknown): SlotDifference[];
  /** @returns whether the operation is over. @throws AzureError what it failed with; 404 when there is none */
  isOver(siteId: string, operationId: string): boolean;
  /** @throws AzureError Conflict when the site or slot is being swapped, or prepared for it */
  refuseChange(siteId: string): void;
  /** The same for what all slots of a site share: the names of their slot settings. */
  refuseChangeOfNames(siteId: string): void;
  /** The same, for what may be done to a slot that is prepared for a swap: restart, stop, removal. */
  refuseDuringSwap(siteId: string): void;
  /** A slot goes: what was prepared with it is cancelled. */
  forget(siteId: string): void;
  /** Breaks off what is under way; the next start reverts it. */
  close(): Promise<void>;
}

/**
 * Swaps in the steps that Azure documents. The target goes on serving all the time; what happens before the switch happens to the source alone, and is put
 * back when any of it fails.
 * Source: learn.microsoft.com, "Set up staging environments in Azure App Service", "Swap operation steps" and "Swap with preview".
 */
export function createSwaps({ context, arm, settings, timing, find }: SwapDependencies): Swaps {
  const { sealer, log } = context;
  const records = createSwapRecords(context);
  const closing = new AbortController();
  const running = new Map<string, Promise<void>>();
  for (const record of records.open()) recover(record);

  return {
    start(sourceId, body) {
      const { source, target, preserveVnet } = readPair(sourceId, body);
      const prepared = preparedFor(source, target);
      const record = prepared ?? newRecord(source, target, preserveVnet);
      judgeRunning(source, target);
      begin({ ...record, preserveVnet, phase: 'preparing' });
      return record.id;
    },
    applySlotConfig(sourceId, body) {
      const { source, target, preserveVnet } = readPair(sourceId, body);
      if (preparedFor(source, target)) throw conflict(preparedMessage(source.id));
      judgeRunning(source, target);
      const record = newRecord(source, target, preserveVnet);
      records.put({ ...record, phase: 'prepared' });
      applyTargetSettings(record);
    },
    resetSlotConfig(sourceId) {
      const record = records.openOf(sourceId);
      if (!record) return;
      if (record.phase !== 'prepared') throw conflict(busyMessage(record, sourceId));
      revert(record);
    },
    listDifferences(sourceId, body) {
      const { source, target, preserveVnet } = readPair(sourceId, body);
      return listDifferences(contentOf(source, preserveVnet), contentOf(target, preserveVnet), readStickyNames(arm, source.id));
    },
    isOver(siteId, operationId) {
      const record = records.get(operationId);
      if (!record || siteKey(record.sourceId) !== siteKey(siteId)) throw new AzureError(404, 'NotFound', `There is no operation '${operationId}' of ${siteId}.`);
      if (record.error) throw conflict(record.error.message);
      return record.phase === 'ended';
    },
    refuseChange(siteId) {
      const record = records.openOf(siteId);
      if (record) throw conflict(record.phase === 'prepared' ? preparedMessage(siteId) : busyMessage(record, siteId));
    },
    refuseChangeOfNames(siteId) {
      const record = records.openWithin(siteId);
      if (record) throw conflict(record.phase === 'prepared' ? preparedMessage(record.sourceId) : busyMessage(record, siteId));
    },
    refuseDuringSwap(siteId) {
      const record = records.openOf(siteId);
      if (record && record.phase !== 'prepared') throw conflict(busyMessage(record, siteId));
    },
    forget(siteId) {
      const record = records.openOf(siteId);
      if (record) revert(record);
    },
    async close() {
      closing.abort(new Error('the local Azure stops'));
      await Promise.all(running.values());
    },
  };

  /** What a stopped process left half done: before the switch it is put back, from then on it is finished. */
  function recover(record: SwapRecord): void {
    if (record.phase === 'preparing') {
      log.warn({ swap: record.id }, 'a swap was broken off: its source gets its own settings back');
      revert(record, `The local Azure stopped in the middle of the swap of '${slotName(record.sourceId)}' with '${slotName(record.targetId)}'. The source slot has its own settings again, the target was not touched. Swap again.`);
    } else if (record.phase !== 'prepared') {
      if (record.phase === 'switching') writeSwitch(record);
      end(record);
    }
  }

  function readPair(sourceId: string, body: unknown): { source: Resource; target: Resource; preserveVnet: boolean } {
    const given = slotEntitySchema.safeParse(body);
    if (!given.success) throw new AzureError(400, 'BadRequest', `The body names the slot to swap with: {"targetSlot": "production", "preserveVnet": true}. ${z.prettifyError(given.error)}`);
    const { siteId, siteName } = parseSiteId(sourceId);
    const { targetSlot, preserveVnet } = given.data;
    const targetId = targetSlot.toLowerCase() === 'production' ? siteId : `${siteId}/slots/${targetSlot}`;
    const source = arm.get(sourceId);
    const target = arm.get(targetId);
    if (!source || !target) {
      const slots = ['production', ...arm.list('Microsoft.Web/sites/slots', siteId).map(({ name }) => name)];
      throw new AzureError(404, 'NotFound', `The site '${siteName}' has no slot '${source ? targetSlot : slotName(sourceId)}'. Its slots are ${slots.join(', ')}.`);
    }
    if (siteKey(source.id) === siteKey(target.id)) throw new AzureError(400, 'BadRequest', `The slot '${slotName(source.id)}' cannot be swapped with itself. Name another slot as targetSlot.`);
    return { source, target, preserveVnet };
  }

  /** The preview that a swap completes. @throws AzureError Conflict when anything else is open */
  function preparedFor(source: Resource, target: Resource): SwapRecord | undefined {
    const open = records.openOf(source.id) ?? records.openOf(target.id);
    if (!open) return undefined;
    if (open.phase === 'prepared' && siteKey(open.sourceId) === siteKey(source.id) && siteKey(open.targetId) === siteKey(target.id)) return open;
    throw conflict(open.phase === 'prepared' ? preparedMessage(source.id) : busyMessage(open, source.id));
  }

  function judgeRunning(source: Resource, target: Resource): void {
    for (const site of [source, target]) {
      judgeOverride(settings.read(site.id));
      if (site.properties['state'] !== 'Running') throw conflict(`Cannot swap slots for site '${parseSiteId(site.id).siteName}' because the '${slotName(site.id)}' slot is stopped. Start it, then swap again.`);
    }
    if (String(source.properties['serverFarmId']).toLowerCase() !== String(target.properties['serverFarmId']).toLowerCase()) throw notSupportedLocally('A swap of slots on different App Service plans');
  }

  function newRecord(source: Resource, target: Resource, preserveVnet: boolean): SwapRecord {
    return { id: randomUUID(), sourceId: source.id, targetId: target.id, preserveVnet, phase: 'preparing', before: seal(settings.read(source.id)) };
  }

  function begin(record: SwapRecord): void {
    records.put(record);
    // "Apply the following settings from the target slot to all instances of the source slot": step 1. A preview has done so already, and again changes nothing.
    applyTargetSettings(record);
    const work = run(record)
      .catch((error: unknown) => log.error({ err: error, swap: record.id }, 'a swap could not be ended: the next start does it'))
      .finally(() => running.delete(record.id));
    running.set(record.id, work);
  }

  function applyTargetSettings({ sourceId, targetId, before }: SwapRecord): void {
    settings.write(sourceId, settingsInSlot(unseal(before), settings.read(targetId), readStickyNames(arm, sourceId)));
    setTargetSwapSlots(sourceId, slotName(targetId), targetId, slotName(sourceId));
    find(sourceId)?.apply();
  }

  async function run(record: SwapRecord): Promise<void> {
    const { sourceId, targetId } = record;
    const { signal } = closing;
    try {
      await bringUpSource(record, signal);
      switchRouting(record);
    } catch (error) {
      // The record stays as it is: the next start reverts it.
      if (signal.aborted) return;
      // What stands afterwards is decided: it is finished, now or by the next start, and not put back.
      if (records.get(record.id)?.phase === 'switching') throw error;
      const reason = error instanceof Error ? error.message : String(error);
      log.warn({ swap: record.id, source: sourceId, reason }, 'a swap failed and is reverted');
      return revert(record, `Cannot swap slots for site '${parseSiteId(sourceId).siteName}' because the '${slotName(sourceId)}' slot ${reason}. It has its own settings again; the '${slotName(targetId)}' slot was not touched.`);
    }
    // "Perform the same operation by applying all settings and restarting the instances", of the app that is in the source slot now: step 6. It is begun here;
    // an old app that does not come up there keeps nobody from swapping back.
    await untilAborted(Promise.all([find(sourceId)?.whenBegun(), find(targetId)?.whenBegun()]), signal).then(() => end(record), () => undefined);
  }

  async function bringUpSource({ sourceId }: SwapRecord, signal: AbortSignal): Promise<void> {
    const runtime = existing(sourceId);
    // "Wait for every instance in the source slot to complete its restart": step 2.
    await runtime.whenUpEverywhere(signal).catch((error: unknown) => {
      throw new Error(`did not come up with the settings of its target: ${error instanceof Error ? error.message : String(error)}`);
    });
    // "Trigger an HTTP request to the application root of the source slot on each instance": step 4.
    const platform = readPlatformSettings(settings.read(sourceId));
    const warmed = runtime.report().instances;
    await warmUpForSwap(
      warmed.flatMap(({ number, port }) => (port === undefined ? [] : [{ number, port }])),
      {
        path: platform.swapPingPath,
        statuses: platform.swapPingStatuses,
        host: String(arm.get(sourceId)?.properties['defaultHostName']),
        limitMs: timing.swapPingLimitMs,
        tries: SWAP_PING_TRIES,
        pauseMs: timing.warmupPauseMs,
      },
      signal,
    ).catch((error: unknown) => {
      throw new Error(`did not respond to http ping: ${error instanceof Error ? error.message : String(error)}`);
    });
    signal.throwIfAborted();
    // The same words in microsoft/azure-pipelines-tasks#12835: plans that scale amid a swap.
    const now = runtime.report().instances;
    if (now.length !== warmed.length || now.some(({ pid, state }, index) => pid !== warmed[index]?.pid || state !== 'Ready')) throw new Error('has other VM instances than those that were warmed up: the plan was scaled, or one ended. Retry the swap operation');
  }

  /** "Swap the two slots by switching the routing rules": step 5. All of it happens in one turn of the event loop: no request sees a part of it. */
  function switchRouting(record: SwapRecord): void {
    const source = arm.get(record.sourceId);
    const target = arm.get(record.targetId);
    if (!source || !target) throw new Error('or its target has gone');
    const own = unseal(record.before);
    const isSticky = readStickyNames(arm, source.id);
    const targetSettings = settings.read(target.id);
    const switching: SwapRecord = {
      ...record,
      phase: 'switching',
      after: {
        at: context.now().toISOString(),
        source: { settings: seal(settingsInSlot(targetSettings, own, isSticky)), exchanged: readExchanged(target, record.preserveVnet) },
        target: { settings: seal(settingsInSlot(own, targetSettings, isSticky)), exchanged: readExchanged(source, record.preserveVnet) },
      },
    };
    records.put(switching);
    writeSwitch(switching);
    const coming = existing(source.id);
    const going = existing(target.id);
    const warm = coming.release();
    const old = going.release();
    going.adopt(warm, true);
    coming.adopt(old, false);
    records.put({ ...switching, phase: 'switched' });
    log.info({ swap: record.id, source: source.id, target: target.id }, 'routing goes by the swap');
  }

  /** Safe to repeat: it says what stands afterwards, not what to exchange. */
  function writeSwitch({ sourceId, targetId, preserveVnet, after }: SwapRecord): void {
    if (!after) return;
    const status = { timestampUtc: after.at, sourceSlotName: statusName(sourceId), destinationSlotName: statusName(targetId) };
    for (const [id, slot] of [[sourceId, after.source], [targetId, after.target]] as const) {
      settings.write(id, unseal(slot.settings));
      arm.update(id, (site) => {
        writeExchanged(site, slot.exchanged, preserveVnet);
        site.properties['slotSwapStatus'] = status;
      });
    }
  }

  function end(record: SwapRecord): void {
    setTargetSwapSlots(record.sourceId, null, record.targetId, null);
    records.put({ ...record, phase: 'ended' });
  }

  /** "The swap operation reverts all changes to the source slot and stops the operation": step 2. */
  function revert(record: SwapRecord, message?: string): void {
    settings.write(record.sourceId, unseal(record.before));
    setTargetSwapSlots(record.sourceId, null, record.targetId, null);
    records.put({ ...record, phase: 'ended', ...(message === undefined ? {} : { error: { code: 'Conflict', message } }) });
    find(record.sourceId)?.apply();
  }

  function setTargetSwapSlots(sourceId: string, ofSource: string | null, targetId: string, ofTarget: string | null): void {
    for (const [id, name] of [[sourceId, ofSource], [targetId, ofTarget]] as const) arm.update(id, (site) => void (site.properties['targetSwapSlot'] = name));
  }

  function contentOf(site: Resource, preserveVnet: boolean): SlotContent {
    const exchanged = readExchanged({ ...site, properties: { ...site.properties, siteConfig: { ...SITE_CONFIG_DEFAULTS, ...(site.properties['siteConfig'] as JsonObject | undefined) } } }, preserveVnet);
    return { settings: settings.read(site.id), general: { ...exchanged.siteConfig, ...exchanged.properties } };
  }

  function existing(siteId: string): SiteRuntime {
    const runtime = find(siteId);
    if (!runtime) throw new Error('or its target has gone');
    return runtime;
  }

  function seal(given: Readonly<Record<string, string>>): Record<string, string> {
    return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, sealer.seal(value)]));
  }

  function unseal(sealed: Readonly<Record<string, string>>): Record<string, string> {
    return Object.fromEntries(Object.entries(sealed).map(([name, value]) => [name, sealer.open(value)]));
  }
}

function slotName(siteId: string): string {
  return parseSiteId(siteId).slotName ?? 'production';
}

/** Azure writes the site itself so in slotSwapStatus. */
function statusName(siteId: string): string {
  return parseSiteId(siteId).slotName ?? 'Production';
}

function conflict(message: string): AzureError {
  return new AzureError(409, 'Conflict', message);
}

/** The words of Azure: microsoft/azure-tools-for-java#2192. */
function busyMessage({ id, sourceId }: SwapRecord, siteId: string): string {
  const { siteName } = parseSiteId(siteId);
  return `Cannot modify this site because another operation is in progress. Details: Id: ${id}, OperationName: SwapSiteSlots, SiteName: ${siteName}, SlotName: ${slotName(sourceId)}. Wait for it, then repeat the request.`;
}

/** The words of Azure: Azure/azure-cli#27820. */
function preparedMessage(siteId: string): string {
  return `The slot cannot be changed because its configuration settings have been prepared for swap. Complete the swap of '${slotName(siteId)}', or cancel it by resetSlotConfig.`;
}

import { STAGING_SLOT } from '../../../infra/names.ts';
import { packageOfUrl } from '../package.ts';
import type { Slots } from '../log/events.ts';
import type { ReleaseTarget } from '../target.ts';
import { openWebSites } from './webSites.ts';

const PACKAGE_SETTING = 'WEBSITE_RUN_FROM_PACKAGE';
const POLL_INTERVAL_MS = 1_000;
const SWAP_ATTEMPTS = 3;
/** A swap is to be over by then: a restart, five tries of 90 s and what ARM itself takes. Source: learn.microsoft.com, "Set up staging environments in Azure App Service". */
const SWAP_TIMEOUT_MS = 15 * 60_000;

/** What is so at this moment, by ARM's word. */
export interface SlotFacts {
  readonly slots: Slots;
  /** Whether ARM works on the site or its slot. */
  readonly isBusy: boolean;
  readonly lastSwap: { readonly at: string | undefined; readonly source: string | undefined; readonly destination: string | undefined } | undefined;
}

/** A setting in which the slots differ, as ARM lists them before a swap. Values are left out: they may be secrets. */
export interface SlotDifference {
  readonly name: string;
  readonly type: string;
  readonly level: string;
  readonly description: string;
}

/** How a swap ended. `reverted`: the candidate did not come up, and routing never changed. */
export type SwapEnd = { readonly state: 'swapped' } | { readonly state: 'reverted'; readonly why: string };

/** The slots of the target's site, through ARM. */
export interface SlotClient {
  facts(): Promise<SlotFacts>;
  differences(): Promise<SlotDifference[]>;
  /** Instances of a slot. */
  instances(slot: 'production' | 'staging'): Promise<string[]>;
  /** Asks for a swap of staging and production, with warm-up by App Service, and waits for its end. @throws the error of ARM when nobody knows what came of it */
  swap(): Promise<SwapEnd>;
  /** Waits until ARM works on neither slot. */
  settled(): Promise<SlotFacts>;
  /** Has the staging slot run another package; App Service restarts it. */
  setStagingPackage(url: string): Promise<void>;
}

/** @param onWait told when ARM asks for patience */
export function openSlots(target: Pick<ReleaseTarget, 'credential' | 'subscriptionId' | 'armUrl' | 'outputs'>, onWait: (text: string) => void): SlotClient {
  const { resourceGroupName: group, siteName: site } = target.outputs;
  const toProduction = { targetSlot: 'production', preserveVnet: true };
  const { webApps } = openWebSites(target, onWait);

  const facts = async (): Promise<SlotFacts> => {
    const [production, staging, ofProduction, ofStaging] = await Promise.all([
      webApps.get(group, site),
      webApps.getSlot(group, site, STAGING_SLOT),
      webApps.listApplicationSettings(group, site),
      webApps.listApplicationSettingsSlot(group, site, STAGING_SLOT),
    ]);
    const swap = production.slotSwapStatus;
    const packages = { production: packageOfUrl(ofProduction.properties?.[PACKAGE_SETTING]), staging: packageOfUrl(ofStaging.properties?.[PACKAGE_SETTING]) };
    return {
      slots: { ...(packages.production && { production: packages.production }), ...(packages.staging && { staging: packages.staging }) },
      // Source: learn.microsoft.com, REST reference of App Service, Site: targetSwapSlot, "which deployment slot this app will swap into", and inProgressOperationId.
      isBusy: [production, staging].some(({ inProgressOperationId, targetSwapSlot }) => [inProgressOperationId, targetSwapSlot].some((value: string | null | undefined) => typeof value === 'string' && value !== '')),
      lastSwap: swap && { at: swap.timestampUtc?.toISOString(), source: swap.sourceSlotName, destination: swap.destinationSlotName },
    };
  };
  const settled = async (): Promise<SlotFacts> => {
    const deadline = Date.now() + SWAP_TIMEOUT_MS;
    for (;;) {
      const found = await facts();
      if (!found.isBusy) return found;
      if (Date.now() > deadline) throw new Error(`ARM has worked on site ${site} for longer than ${SWAP_TIMEOUT_MS / 60_000} min. Look at the site's activity log; a swap with preview that somebody has begun is completed or cancelled by them.`);
      onWait('Azure Resource Manager works on the site');
      await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
    }
  };

  return {
    facts,
    settled,
    async differences() {
      const found: SlotDifference[] = [];
      for await (const { settingName, settingType, level, description } of webApps.listSlotDifferencesSlot(group, site, STAGING_SLOT, toProduction)) {
        found.push({ name: settingName ?? '', type: settingType ?? '', level: level ?? '', description: description ?? '' });
      }
      return found;
    },
    async instances(slot) {
      const listed = slot === 'production' ? webApps.listInstanceIdentifiers(group, site) : webApps.listInstanceIdentifiersSlot(group, site, STAGING_SLOT);
      const ids: string[] = [];
      for await (const { name } of listed) if (name !== undefined) ids.push(name);
      return ids;
    },
    async swap() {
      const { slots: before } = await facts();
      const hasHappened = async (): Promise<boolean> => isSwapped(before, (await settled()).slots);
      for (let attempt = 1; ; attempt += 1) {
        try {
          // The slot in the path is the source: production's sticky settings go there, and it restarts, while production stays on line.
          const poller = await webApps.beginSwapSlot(group, site, STAGING_SLOT, toProduction, { updateIntervalInMs: POLL_INTERVAL_MS });
          return await endOf(poller.pollUntilDone({ abortSignal: AbortSignal.timeout(SWAP_TIMEOUT_MS) }), hasHappened);
        } catch (error) {
          // Without an answer, or with one of a server in trouble, it may be under way all the same: what the slots run in the end tells.
          const status = (error as { statusCode?: number }).statusCode;
          if (status !== undefined && status < 500) throw error;
          if (await hasHappened()) return { state: 'swapped' };
          if (attempt >= SWAP_ATTEMPTS) throw error;
          onWait(`Azure Resource Manager ${status === undefined ? 'did not answer' : `answered ${status}`} when asked for the swap, and it has not happened; asking again`);
        }
      }
    },
    async setStagingPackage(url) {
      const { properties = {} } = await webApps.listApplicationSettingsSlot(group, site, STAGING_SLOT);
      await webApps.updateApplicationSettingsSlot(group, site, STAGING_SLOT, { properties: { ...properties, [PACKAGE_SETTING]: url } });
    },
  };
}

/** @param polling of a swap that ARM has taken */
async function endOf(polling: Promise<unknown>, hasHappened: () => Promise<boolean>): Promise<SwapEnd> {
  try {
    await polling;
    return { state: 'swapped' };
  } catch (error) {
    if (await hasHappened()) return { state: 'swapped' };
    const { code, message } = error as { code?: string; message: string };
    return { state: 'reverted', why: `${code === undefined ? '' : `${code}: `}${message}` };
  }
}

/** Whether the slots have exchanged what they ran. */
export function isSwapped(before: Slots, after: Slots): boolean {
  return before.production?.digest !== before.staging?.digest && after.production?.name === before.staging?.name && after.staging?.name === before.production?.name;
}

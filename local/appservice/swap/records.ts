import { z } from 'zod';
import type { LocalContext } from '../../core/context.ts';
import { parseSiteId, siteKey } from '../siteSpec.ts';

const sealedSchema = z.record(z.string(), z.string());
const jsonObject = z.record(z.string(), z.json());
const exchangedSchema = z.object({ properties: jsonObject, siteConfig: jsonObject });
const slotAfterSchema = z.object({ settings: sealedSchema, exchanged: exchangedSchema });

/** One swap, or the preview of one. Settings in it are sealed: any of them may be a secret. */
const swapSchema = z.object({
  id: z.uuid(),
  sourceId: z.string(),
  targetId: z.string(),
  preserveVnet: z.boolean(),
  /**
   * `preparing`: the source has the target's slot settings and is coming up. `prepared`: it stays so until the swap is completed or cancelled (preview).
   * `switching`: what both slots have afterwards is decided and being written. `switched`: it is written, and routing goes by it. `ended`: well, or with an error.
   */
  phase: z.enum(['preparing', 'prepared', 'switching', 'switched', 'ended']),
  /** Settings that the source has when the swap fails or is cancelled. */
  before: sealedSchema,
  after: z.object({ source: slotAfterSchema, target: slotAfterSchema, at: z.iso.datetime() }).optional(),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
});
export type SwapRecord = z.infer<typeof swapSchema>;

/** Swaps of all sites, on disk: who comes after a killed process finishes or reverts what it finds. */
export interface SwapRecords {
  get(id: string): SwapRecord | undefined;
  put(record: SwapRecord): void;
  /** Those that have not ended. */
  open(): SwapRecord[];
  /** The one that a site or slot takes part in. */
  openOf(siteId: string): SwapRecord | undefined;
  /** One between any slots of the site. */
  openWithin(siteId: string): SwapRecord | undefined;
}

/** Ended swaps that late pollers find. */
const KEPT_SWAPS = 100;

export function createSwapRecords(context: Pick<LocalContext, 'documents'>): SwapRecords {
  const stored = context.documents.collection('app-service-swaps', swapSchema);
  const open = (): SwapRecord[] => stored.values().filter(({ phase }) => phase !== 'ended');
  return {
    get: (id) => stored.get(id),
    put(record) {
      // Once it has ended, nobody needs the settings any more.
      const { after: _after, ...rest } = record;
      stored.put(record.id, record.phase === 'ended' ? { ...rest, before: {} } : record);
      const ended = stored.values().filter(({ phase }) => phase === 'ended');
      for (const { id } of ended.slice(0, Math.max(0, ended.length - KEPT_SWAPS))) stored.delete(id);
    },
    open,
    openOf: (siteId) => open().find(({ sourceId, targetId }) => [sourceId, targetId].some((id) => siteKey(id) === siteKey(siteId))),
    openWithin: (siteId) => open().find(({ sourceId }) => siteKey(parseSiteId(sourceId).siteId) === siteKey(siteId)),
  };
}

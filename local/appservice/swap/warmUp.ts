import { setTimeout as delay } from 'node:timers/promises';
import { ping } from '../workers/worker.ts';
import { untilAborted } from './untilAborted.ts';

export interface SwapWarmUp {
  /** WEBSITE_SWAP_WARMUP_PING_PATH */
  readonly path: string;
  /** WEBSITE_SWAP_WARMUP_PING_STATUSES; undefined: any answer will do. */
  readonly statuses: readonly number[] | undefined;
  /** Host of the slot that is warmed up. */
  readonly host: string;
  readonly limitMs: number;
  readonly tries: number;
  readonly pauseMs: number;
}

/**
 * Pings every instance until it answers. An answer with a status that is not allowed stops the swap at once; a ping without answer is repeated.
 * Source: learn.microsoft.com, "Set up staging environments", sections "Specify custom warm-up" and "Troubleshoot swaps".
 * @throws Error with the instance and the reason
 */
export async function warmUpForSwap(instances: readonly { number: number; port: number }[], check: SwapWarmUp, signal: AbortSignal): Promise<void> {
  await Promise.all(instances.map((instance) => warmUpOne(instance, check, signal)));
}

async function warmUpOne({ number, port }: { number: number; port: number }, { path, statuses, host, limitMs, tries, pauseMs }: SwapWarmUp, signal: AbortSignal): Promise<void> {
  let last = '';
  for (let attempt = 1; attempt <= tries; attempt++) {
    const outcome = await untilAborted(ping({ port, path, timeoutMs: limitMs, headers: { host } }), signal);
    if (typeof outcome === 'string') {
      last = outcome;
      if (attempt < tries) await delay(pauseMs, undefined, { signal });
      continue;
    }
    if (statuses?.includes(outcome) ?? true) return;
    throw new Error(`instance ${number} answered ${path} with status ${outcome}, and WEBSITE_SWAP_WARMUP_PING_STATUSES allows ${statuses?.join(', ')}`);
  }
  throw new Error(`instance ${number} did not answer ${path} in ${tries} tries of ${limitMs / 1000} s (last: ${last})`);
}

import { setTimeout as delay } from 'node:timers/promises';
import { CommandError } from '../commandError.ts';
import { SLOTS, type SlotName } from '../release/target.ts';
import { describeKeys, isSameKeys, type KeyIds } from './keyRing.ts';
import type { ProcessAnswer, Processes } from './processes.ts';
import type { Fleet } from './rotate.ts';
import type { SiteResource } from './siteResource.ts';

/** Questions of one round for each instance of a slot, so that a round seldom misses one. */
const QUESTIONS_PER_INSTANCE = 3;

export interface FleetOptions {
  readonly site: SiteResource;
  readonly processes: Processes;
  readonly timeoutMs: number;
  /** Between two rounds of questions. */
  readonly pauseMs: number;
}

/** What one round of questions to a slot has shown. */
export interface SlotRound {
  readonly slot: SlotName;
  /** Instances that ARM lists. */
  readonly listed: readonly string[];
  readonly answers: readonly ProcessAnswer[];
  /** Questions that no process with keys answered. */
  readonly unanswered: number;
}

/** Both slots of a site, by what ARM lists and what the processes say. */
export function siteFleet(options: FleetOptions): Fleet {
  const { site, timeoutMs, pauseMs } = options;
  return {
    async refresh() {
      await Promise.all(SLOTS.map((slot) => site.refreshReferences(slot)));
    },
    async waitFor(keys, onWaiting) {
      const deadline = Date.now() + timeoutMs;
      const watches = SLOTS.map((slot) => watchSlot(slot, keys));
      for (;;) {
        const waiting: string[] = [];
        for (const watch of watches) {
          const missing = watch.take(await askSlot(options, watch.slot));
          if (missing !== undefined) waiting.push(`${watch.slot}: ${missing}`);
        }
        if (waiting.length === 0) return { heldSeconds: Math.min(...watches.map(({ heldSeconds }) => heldSeconds())), instances: watches.reduce((sum, { instances }) => sum + instances(), 0) };
        if (Date.now() > deadline) throw await notEverywhere(site, keys, waiting, timeoutMs);
        onWaiting(waiting.join('; '));
        await delay(pauseMs);
      }
    },
  };
}

/** Asks a slot as many times as it takes to hear most of its instances. */
export async function askSlot({ site, processes }: Pick<FleetOptions, 'site' | 'processes'>, slot: SlotName): Promise<SlotRound> {
  const listed = await site.instances(slot);
  const answers: ProcessAnswer[] = [];
  const questions = QUESTIONS_PER_INSTANCE * Math.max(1, listed.length);
  for (let asked = 0; asked < questions; asked += 1) {
    const answer = await processes.ask(slot);
    if (answer) answers.push(answer);
  }
  return { slot, listed, answers, unanswered: questions - answers.length };
}

/**
 * Whether a slot has come to have these keys. A round in which any process had others says no, because on one instance two processes serve while one replaces the other; and an
 * instance that no round has heard with them says no, because the front end chooses who answers.
 */
function watchSlot(slot: SlotName, keys: KeyIds) {
  const heard = new Map<string, ProcessAnswer>();
  let listed: readonly string[] = [];
  return {
    slot,
    instances: () => listed.length,
    heldSeconds: () => Math.min(...listed.map((id) => heard.get(id)?.heldSeconds ?? 0)),
    /** @returns what is missing */
    take(round: SlotRound): string | undefined {
      ({ listed } = round);
      for (const answer of round.answers) {
        if (isSameKeys(answer.keys, keys)) heard.set(answer.instance, answer);
        else heard.delete(answer.instance);
      }
      const other = round.answers.find((answer) => !isSameKeys(answer.keys, keys));
      if (other) return `instance ${other.instance.slice(0, 8)} has ${describeKeys(other.keys)}`;
      if (listed.length === 0) return 'no instance runs';
      if (round.unanswered > 0) return `${round.unanswered} of ${round.unanswered + round.answers.length} questions were not answered, or by a package from before rotation`;
      const missing = listed.filter((id) => !heard.has(id));
      return missing.length === 0 ? undefined : `${missing.map((id) => id.slice(0, 8)).join(', ')} not heard of yet`;
    },
  };
}

async function notEverywhere(site: SiteResource, keys: KeyIds, waiting: readonly string[], timeoutMs: number): Promise<CommandError> {
  const statuses = await Promise.all(SLOTS.map(async (slot) => `  reference of ${slot}: ${await site.referenceStatus(slot)}`));
  return new CommandError('SECRETS_NOT_EVERYWHERE', `After ${timeoutMs / 1_000} s not every process has ${describeKeys(keys)}; no further step was taken.\n${[...waiting.map((line) => `  ${line}`), ...statuses].join('\n')}\n` +
    'Mend the cause and run the command again: it goes on where it stopped. A reference that is Resolved and processes that do not follow: az webapp restart, for each slot. A slot that is stopped: start it. A package from before rotation: promote a newer one.');
}

import type { Gate } from '../../gate.ts';
import { ERROR_PROBABILITY, LIMITS } from '../limits.ts';
import type { SlotUnderTest } from '../slotUnderTest.ts';
import { pace } from '../pace.ts';

/** Requests for each instance: enough that one that gets half of its share is noticed nine times out of ten. */
const REQUESTS_PER_INSTANCE = 80;
const MAX_REQUESTS = 1_200;

/**
 * The least and the most answers of one instance that chance explains, when each of so many requests goes to any of so many instances.
 * A front end that takes turns stays well inside. Over all instances together, chance leaves them with the given probability at most (union bound,
 * exact binomial tails).
 */
export function spreadBounds(requests: number, instances: number, errorProbability = ERROR_PROBABILITY): { readonly least: number; readonly most: number } {
  const tail = errorProbability / (2 * instances);
  const probabilities = binomial(requests, 1 / instances);
  let [least, below] = [0, 0];
  while (least < requests && below + (probabilities[least] ?? 0) <= tail) below += probabilities[least++] ?? 0;
  let [most, above] = [requests, 0];
  while (most > 0 && above + (probabilities[most] ?? 0) <= tail) above += probabilities[most--] ?? 0;
  return { least, most };
}

/** Probabilities of 0 to `trials` successes, from the logarithms of factorials: powers alone would underflow. */
function binomial(trials: number, probability: number): number[] {
  if (probability >= 1) return Array.from({ length: trials + 1 }, (_, successes) => (successes === trials ? 1 : 0));
  const logFactorials = [0];
  for (let count = 1; count <= trials; count += 1) logFactorials.push((logFactorials[count - 1] ?? 0) + Math.log(count));
  const log = (count: number): number => logFactorials[count] ?? 0;
  return Array.from({ length: trials + 1 }, (_, successes) => Math.exp(log(trials) - log(successes) - log(trials - successes) + successes * Math.log(probability) + (trials - successes) * Math.log1p(-probability)));
}

/** @param counts answers by instance, with those that gave none; `unanswered` had no answer, or one that names no instance */
export function judgeSpread(counts: ReadonlyMap<string, number>, unanswered: number): Gate {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const { least, most } = spreadBounds(total, counts.size);
  const percent = (count: number): string => `${((100 * count) / Math.max(total, 1)).toFixed(1)}%`;
  const shares = [...counts.values()];
  const outside = [...counts].filter(([, count]) => count < least || count > most);
  return {
    name: 'spread',
    measured: counts.size === 0 ? 'no instance' : `${percent(Math.min(...shares))} to ${percent(Math.max(...shares))} of ${total} on ${counts.size} instances`,
    limit: `${percent(least)} to ${percent(most)} each`,
    pass: counts.size > 0 && unanswered === 0 && outside.length === 0,
    details: [
      ...(unanswered === 0 ? [] : [`${unanswered} requests had no answer that names an instance.`]),
      ...outside.map(([id, count]) => `${id.slice(0, 8)} gave ${count} of ${total} answers, where ${least} to ${most} are what chance explains but once in ${1 / ERROR_PROBABILITY} runs. Is client affinity on, or an instance out of rotation?`),
    ],
  };
}

/** Every request on a connection of its own. */
export async function spread({ endpoint, site, slot, requestsPerSecond, update }: SlotUnderTest): Promise<Gate> {
  const listed = await site.instances(slot);
  const counts = new Map(listed.map((id) => [id, 0]));
  const requests = Math.min(MAX_REQUESTS, Math.max(listed.length, 1) * REQUESTS_PER_INSTANCE);
  let unanswered = 0;
  let done = 0;
  await pace({ count: requests, perSecond: requestsPerSecond, concurrency: LIMITS.concurrentRequests }, async () => {
    const answer = await endpoint.send({ method: 'server/discover' }, { era: 'modern' }).catch(() => undefined);
    if (answer?.status === 200 && answer.instance !== undefined) counts.set(answer.instance, (counts.get(answer.instance) ?? 0) + 1);
    else unanswered += 1;
    update(`${++done} of ${requests} requests`);
  });
  return judgeSpread(counts, unanswered);
}

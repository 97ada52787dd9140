import { median } from '../statistics.ts';

/** A preview without the pack and one with it, side by side in time, in milliseconds. */
export interface Pair {
  readonly withoutMs: number;
  readonly withMs: number;
}

/** What the pack adds: the median of the differences, and between which values they lie, in milliseconds. */
export interface Addition {
  readonly pairs: readonly Pair[];
  readonly medianMs: number;
  readonly leastMs: number;
  readonly mostMs: number;
}

/**
 * Takes pairs of measurements. Which of the two comes first changes from pair to pair, so that a machine that grows faster or slower meanwhile favours neither.
 * @param measure runs one preview and returns its time in milliseconds
 */
export async function takePairs(count: number, measure: (withPack: boolean) => Promise<number>, update: (text: string) => void): Promise<readonly Pair[]> {
  const pairs: Pair[] = [];
  for (let place = 0; place < count; place++) {
    update(`pair ${place + 1} of ${count}`);
    const isFirst = place % 2 === 1;
    const first = await measure(isFirst);
    const second = await measure(!isFirst);
    pairs.push(isFirst ? { withMs: first, withoutMs: second } : { withoutMs: first, withMs: second });
  }
  return pairs;
}

/** @throws RangeError without pairs */
export function additionOf(pairs: readonly Pair[]): Addition {
  const differences = pairs.map(({ withMs, withoutMs }) => withMs - withoutMs);
  return { pairs, medianMs: median(differences), leastMs: Math.min(...differences), mostMs: Math.max(...differences) };
}

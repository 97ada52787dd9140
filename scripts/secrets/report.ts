import type { SlotName } from '../release/target.ts';
import type { SlotRound } from './fleet.ts';
import { isSameKeys, type KeyIds } from './keyRing.ts';
import type { SecretVersion } from './vaultSecret.ts';

/** A process as it stands beside the vault. */
export interface ReportedProcess {
  readonly slot: SlotName;
  readonly instance: string;
  readonly keys?: KeyIds;
  readonly heldSeconds?: number;
  readonly state: 'as the vault' | 'not as the vault' | 'not heard of';
}

/** @param keys what the vault holds */
export function processesOf({ slot, listed, answers }: SlotRound, keys: KeyIds): ReportedProcess[] {
  const last = new Map(answers.map((answer) => [answer.instance, answer]));
  return [...new Set([...listed, ...last.keys()])].map((instance) => {
    const answer = last.get(instance);
    if (!answer) return { slot, instance, state: 'not heard of' };
    return { slot, instance, keys: answer.keys, heldSeconds: answer.heldSeconds, state: isSameKeys(answer.keys, keys) ? 'as the vault' : 'not as the vault' };
  });
}

/** Time since a key came into the vault, as far back as the versions go. @param current id of the key */
export function ageOfKeyMs(current: string, versions: readonly SecretVersion[], now: Date): number {
  const holding = versions.filter(({ keys }) => keys !== undefined && [keys.current, keys.next, keys.previous].includes(current));
  return Math.max(0, ...holding.map(({ createdAt }) => now.getTime() - createdAt.getTime()));
}

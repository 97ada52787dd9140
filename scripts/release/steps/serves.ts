import type { Gate } from '../gate.ts';
import type { ReleaseParts } from '../session.ts';
import type { SlotName } from '../target.ts';

/** A first start may take 230 s, and as much again what comes before it. Source: learn.microsoft.com, "Environment variables and app settings in Azure App Service", WEBSITES_CONTAINER_START_TIME_LIMIT. */
export const START_TIMEOUT_MS = 460_000;
const NO_OTHER_GATE: ReadonlySet<string> = new Set();

/**
 * Whether each instance of a slot is ready and runs the package that the slot is set to: the first gate of a verification, by itself.
 * @param timeoutMs how long it is asked again; 0 for one look, in which each instance gets its time
 */
export async function servesPackage({ verify, target }: Pick<ReleaseParts, 'verify' | 'target'>, slot: SlotName, timeoutMs: number, onStep: (text: string) => void): Promise<Gate> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const { gates: [health] } = await verify(target, { slot, acceptedChanges: [], gates: NO_OTHER_GATE, onStep });
    if (!health) throw new Error('A verification without a gate.');
    if (health.pass || Date.now() >= deadline) return health;
  }
}

import { tools } from '../../../../app/tools/index.ts';
import type { Gate } from '../../gate.ts';
import type { SlotUnderTest } from '../slotUnderTest.ts';
import { conformance } from './conformance.ts';
import { latency } from './latency.ts';
import { offeredTools } from './offeredTools.ts';
import { referencesResolved } from './referencesResolved.ts';
import { spread } from './spread.ts';
import { stateless } from './stateless.ts';
import { toolsAnswer } from './toolsAnswer.ts';

/** The gate that goes before all others: what is not healthy is not asked for more. */
export const HEALTH_GATE = 'instances-healthy';

const SECONDS_PER_MINUTE = 60;
const served = tools.filter(({ lifecycle }) => lifecycle.stage !== 'disabled');
const callsPerMinute = new Map(served.map(({ name, limits }) => [name, limits.callsPerMinute]));
/** Whether a load stays below a tool's limit of rate, whichever instance it meets. */
const isBelowLimit = (tool: string, requestsPerSecond: number): boolean => (callsPerMinute.get(tool) ?? 0) >= requestsPerSecond * SECONDS_PER_MINUTE;

/** The other gates, in the order in which they run: what is cheap first. */
export const GATES: Readonly<Record<string, (slot: SlotUnderTest) => Promise<Gate>>> = {
  'references-resolved': referencesResolved,
  'offered-tools': offeredTools,
  'tools-answer': toolsAnswer(served.map(({ name }) => name)),
  stateless,
  spread,
  conformance,
  latency: latency(isBelowLimit),
};

export const GATE_NAMES: readonly string[] = [HEALTH_GATE, ...Object.keys(GATES)];

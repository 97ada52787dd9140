import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Gate } from '../../gate.ts';
import { LIMITS } from '../limits.ts';
import type { McpEndpoint, McpRequest } from '../mcp/endpoint.ts';
import { listTools } from '../mcp/listTools.ts';
import { pace } from '../pace.ts';
import { smokeCallOf } from '../smokeCall.ts';
import type { SlotUnderTest } from '../slotUnderTest.ts';

export interface LatencyLimits {
  /**
   * Requests to each slot that count. The p95 of 400 rests on the 20 slowest: for times as scattered as the logarithmic normal distribution with sigma 1
   * the ratio of two such p95 leaves 1.5 once in about 300 runs although nothing differs, and both samples in a row once in about 90,000.
   */
  readonly samples: number;
  /** Requests to each slot that do not count: a process that has just started has its code not compiled yet. */
  readonly warmup: number;
  /** How many times the p95 of the other slot the p95 may be. */
  readonly ratio: number;
  /** Up to this p95, in milliseconds, nothing is slow: below it a ratio measures the noise of a network. */
  readonly floorMs: number;
}

export const LATENCY_LIMITS: LatencyLimits = { samples: 400, warmup: 100, ratio: 1.5, floorMs: 50 };

/** Milliseconds of each answer, and how many requests were not answered by 200. */
export interface Sample {
  readonly durationsMs: readonly number[];
  readonly failed: number;
}

/** p95 of the slot against that of the other one under the same load. */
export function judgeLatency(candidate: Sample, other: Sample, { ratio, floorMs }: Pick<LatencyLimits, 'ratio' | 'floorMs'>, load: string): Gate {
  const [p95, otherP95] = [quantile(candidate.durationsMs, 0.95), quantile(other.durationsMs, 0.95)];
  const allowedMs = Math.max(ratio * otherP95, floorMs);
  const isMeasured = candidate.durationsMs.length > 0 && other.durationsMs.length > 0;
  return {
    name: 'latency',
    measured: isMeasured ? `p95 ${p95.toFixed(1)} ms, the other slot's ${otherP95.toFixed(1)} ms` : 'not measured',
    limit: `${ratio} times the other slot's, or ${floorMs} ms`,
    pass: isMeasured && candidate.failed === 0 && p95 <= allowedMs,
    details: [
      `${load}; medians ${quantile(candidate.durationsMs, 0.5).toFixed(1)} ms and ${quantile(other.durationsMs, 0.5).toFixed(1)} ms over ${candidate.durationsMs.length} and ${other.durationsMs.length} answers`,
      ...(candidate.failed === 0 ? [] : [`${candidate.failed} requests to this slot were not answered by 200`]),
      ...(other.failed === 0 ? [] : [`${other.failed} requests to the other slot were not answered by 200`]),
    ],
  };
}

/** The smallest value that at least the share of all values do not exceed; 0 of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

/** @param isBelowLimit whether so many requests a second stay below the limit of rate of the tool of that name */
export function latency(isBelowLimit: (tool: string, requestsPerSecond: number) => boolean, limits: LatencyLimits = LATENCY_LIMITS): (slot: SlotUnderTest) => Promise<Gate> {
  return async (slot) => {
    const { update } = slot;
    const load = await loadOf(slot, (tool) => isBelowLimit(tool, slot.requestsPerSecond));
    const words = `load: ${load.map(({ method, params }) => (typeof params?.['name'] === 'string' ? params['name'] : method)).join(', ')}`;
    update('warming up');
    await sampleBoth(slot, load, limits.warmup);
    update(`${limits.samples} requests to each slot`);
    const gate = judgeLatency(...(await sampleBoth(slot, load, limits.samples)), limits, words);
    if (gate.pass) return gate;
    // One bad sample may be chance: the second one decides.
    update('measuring again');
    return judgeLatency(...(await sampleBoth(slot, load, limits.samples)), limits, words);
  };
}

/** Calls that both slots know: what reads only, hangs on nothing outside, and has no limit that the load would meet; else the list of tools. */
async function loadOf({ endpoint, otherEndpoint }: SlotUnderTest, unlimited: (tool: string) => boolean): Promise<readonly McpRequest[]> {
  const [tools, others] = await Promise.all([listTools(endpoint), listTools(otherEndpoint).catch(() => [])]);
  const calls = tools.filter(({ name }) => unlimited(name) && others.some((other) => other.name === name)).flatMap((tool) => {
    const call = smokeCallOf(tool);
    return call.kind === 'call' && !call.isOpenWorld ? [{ method: 'tools/call', params: { name: tool.name, arguments: call.arguments } }] : [];
  });
  return [{ method: 'tools/list' }, ...calls];
}

/** Requests to both slots in turns, so that whatever else happens meanwhile slows both. */
async function sampleBoth({ endpoint, otherEndpoint, requestsPerSecond }: SlotUnderTest, load: readonly McpRequest[], count: number): Promise<[Sample, Sample]> {
  const begin = (side: McpEndpoint) => ({ side, agent: agentFor(side.url), durationsMs: [] as number[], failed: 0 });
  const sides = [begin(endpoint), begin(otherEndpoint)] as const;
  try {
    await pace({ count: 2 * count, perSecond: requestsPerSecond, concurrency: LIMITS.concurrentRequests }, async (index) => {
      const one = index % 2 === 0 ? sides[0] : sides[1];
      const request = load[Math.floor(index / 2) % load.length] as McpRequest;
      const answer = await one.side.send(request, { era: 'modern', agent: one.agent }).catch(() => undefined);
      if (answer?.status === 200) one.durationsMs.push(answer.durationMs);
      else one.failed += 1;
    });
  } finally {
    for (const { agent } of sides) agent.destroy();
  }
  return [sides[0], sides[1]];
}

/** Connections that are kept: what is measured is the server, not the handshake. */
function agentFor(url: string): HttpAgent {
  const options = { keepAlive: true, maxSockets: LIMITS.concurrentRequests };
  return url.startsWith('https:') ? new HttpsAgent(options) : new HttpAgent(options);
}

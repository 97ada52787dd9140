import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { problemOfAnswer } from '../answers.ts';
import type { BenchRequest } from '../requests.ts';
import { quantile } from '../statistics.ts';
import type { PacedJob, PacedResult } from './jobs.ts';
import { LeanClient } from './leanClient.ts';
import { post } from './post.ts';

/** Calls before the figures begin: connections are opened and the code on both sides is warm. */
const WARM_UP_CALLS = 200;
const SAMPLE_INTERVAL = 50;

/**
 * Makes calls at evenly spaced times and takes each latency from the time at which the call was due, so that a server that stands still
 * is charged for all that it keeps waiting. autocannon's own rate limit does not serve here: it sends each connection's share of a second
 * as fast as it can at the beginning of the second, which measures a saturated server and then an idle one.
 * @throws Error when a call fails or is answered wrongly
 */
export async function runPaced({ url, measurement, request, connections, calls, callsPerSecond, background }: PacedJob): Promise<PacedResult> {
  const client = new LeanClient(url, request, connections);
  const backgroundAgent = new Agent({ keepAlive: true });
  const latenciesMs: number[] = [];
  const call = async (index: number, dueAtMs: number): Promise<void> => {
    const body = await client.post();
    if (index >= WARM_UP_CALLS) latenciesMs.push(performance.now() - dueAtMs);
    const problem = index % SAMPLE_INTERVAL === 0 ? problemOfAnswer(measurement, body.toString('utf8')) : undefined;
    if (problem !== undefined) throw new Error(`${measurement}: a body is wrong: ${problem}.`);
  };
  const stop = new AbortController();
  const callers = Array.from({ length: background?.callers ?? 0 }, () => repeat(url, background?.request ?? request, backgroundAgent, stop.signal));
  try {
    const [, ...counts] = await Promise.all([startWhenDue(calls + WARM_UP_CALLS, 1_000 / callsPerSecond, call).finally(() => stop.abort()), ...callers]);
    return { calls: latenciesMs.length, medianMs: quantile(latenciesMs, 0.5), p99Ms: quantile(latenciesMs, 0.99), backgroundCalls: counts.reduce((sum, count) => sum + count, 0) };
  } finally {
    stop.abort();
    client.close();
    backgroundAgent.destroy();
  }
}

/** Starts each call when it is due; resolves when all have ended. */
async function startWhenDue(calls: number, intervalMs: number, call: (index: number, dueAtMs: number) => Promise<void>): Promise<void> {
  const startedAtMs = performance.now();
  const running: Promise<void>[] = [];
  let failed: Error | undefined;
  for (let index = 0; index < calls && !failed; index += 1) {
    const dueAtMs = startedAtMs + index * intervalMs;
    while (performance.now() < dueAtMs) await delay(1);
    running.push(call(index, dueAtMs).catch((error: unknown) => { failed ??= error as Error; }));
  }
  await Promise.all(running);
  if (failed) throw failed;
}

/** Calls again and again until told to stop. @returns how many calls were answered */
async function repeat(url: string, request: BenchRequest, agent: Agent, stop: AbortSignal): Promise<number> {
  let calls = 0;
  while (!stop.aborted) {
    const body = await post(url, request, agent);
    if (body.includes('"isError":true')) throw new Error(`A call in the background was refused: ${body.slice(0, 500)}`);
    calls += 1;
  }
  return calls;
}

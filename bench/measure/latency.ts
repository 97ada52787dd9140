import { MAX_LIMIT } from '../../app/tools/compute-primes/tool.ts';
import type { PacedResult } from '../load/jobs.ts';
import type { ServerProcess } from '../process/serverProcess.ts';
import { MCP_PATH, MEASUREMENTS, modernRequest } from '../requests.ts';
import type { Bench } from './bench.ts';

export interface Latencies {
  readonly callsPerSecond: number;
  readonly alone: PacedResult;
  /** While compute_primes ran with its largest limit all the time. */
  readonly besidePrimes: PacedResult;
  /** Bare Fastify at the same rate, in place of the server; undefined when it is not measured. */
  readonly floor: PacedResult | undefined;
}

/** Calls of compute_primes at a time. */
export const PRIMES_CALLERS = 4;
const MAX_SECONDS = 10;

/**
 * Latency at half the rate at which the server is saturated.
 * @param saturatingRate calls a second
 * @param floor bare Fastify, when it is measured
 */
export async function measureLatency(server: ServerProcess, saturatingRate: number, floor: ServerProcess | undefined, { load, requests, calls, connections, standIn }: Bench, update: (text: string) => void): Promise<Latencies> {
  const measurement = MEASUREMENTS[0];
  const callsPerSecond = saturatingRate / 2;
  const pacedCalls = Math.ceil(Math.min(calls * 6, callsPerSecond * MAX_SECONDS));
  const job = { url: `${server.url}${MCP_PATH}`, measurement, request: requests[measurement], connections, calls: pacedCalls, callsPerSecond };
  update('alone');
  const alone = await load.pace(job);
  update('beside compute_primes');
  const primes = modernRequest('tools/call', { name: 'compute_primes', arguments: { limit: MAX_LIMIT } }, standIn.accessToken);
  // A thread that starts does so at the usual priority, and only then lowers it; as with every server, the first calls are not measured.
  await load.pace({ ...job, calls: Math.ceil(callsPerSecond), background: { request: primes, callers: PRIMES_CALLERS } });
  const besidePrimes = await load.pace({ ...job, background: { request: primes, callers: PRIMES_CALLERS } });
  update('fastify');
  return { callsPerSecond, alone, besidePrimes, floor: floor && await load.pace({ ...job, url: `${floor.url}${MCP_PATH}` }) };
}

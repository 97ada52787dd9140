import { readResidentBytes } from '../process/residentMemory.ts';
import type { ServerProcess } from '../process/serverProcess.ts';
import { MCP_PATH, MEASUREMENTS } from '../requests.ts';
import { median, slope } from '../statistics.ts';
import type { Bench } from './bench.ts';

export interface MemoryUse {
  readonly calls: number;
  /** Resident memory after the last call, in bytes. */
  readonly residentBytes: number;
  /** How it grew over the second half of the calls. */
  readonly residentBytesPerCall: number;
  /** At which rate the server took the calls. */
  readonly callsPerSecond: number;
}

const SAMPLES = 40;

/** Makes many calls and looks at the resident memory of the server after each fortieth of them. */
export async function measureMemory(server: ServerProcess, { load, requests, calls, connections }: Bench, update: (text: string) => void): Promise<MemoryUse> {
  const measurement = MEASUREMENTS[0];
  const samples: { x: number; y: number }[] = [];
  const rates: number[] = [];
  for (let sample = 1; sample <= SAMPLES; sample += 1) {
    const { seconds } = await load.saturate({ url: `${server.url}${MCP_PATH}`, measurement, request: requests[measurement], connections, calls });
    rates.push(calls / seconds);
    samples.push({ x: sample * calls, y: readResidentBytes(server.pid) });
    update(`${sample * calls} of ${SAMPLES * calls} calls`);
  }
  return {
    calls: SAMPLES * calls,
    residentBytes: samples.at(-1)?.y ?? 0,
    residentBytesPerCall: slope(samples.slice(SAMPLES / 2)),
    callsPerSecond: median(rates),
  };
}

import { cpuSecondsBetween, readCpu, type CpuReading } from '../process/cpuTime.ts';
import type { ServerProcess } from '../process/serverProcess.ts';
import { MCP_PATH, MEASUREMENTS, type Measurement } from '../requests.ts';
import type { ServerName } from '../serverNames.ts';
import { median } from '../statistics.ts';
import type { Bench } from './bench.ts';

/** What one server took for one measurement, the median of its turns. */
export interface CallCost {
  readonly cpuSecondsPer1000Calls: number;
  /** With as many calls at once as there are connections. */
  readonly callsPerSecond: number;
}

export type CallCosts = ReadonlyMap<ServerName, Readonly<Record<Measurement, CallCost>>>;

export interface CpuTurns {
  readonly costs: CallCosts;
  /** Calls that each server was sent, by measurement: the check of its answer, the warm-up and the rounds. */
  readonly callsSent: Readonly<Record<Measurement, number>>;
}

export const ROUNDS = 5;
/** Calls before the first round, in turns: V8 compiles in the background, and a server in production has been compiled long ago. */
const WARM_UP_TURNS = 2;

interface Turn {
  readonly measurement: Measurement;
  readonly callsPerSecond: number;
  readonly before: CpuReading;
}

/**
 * Lets the servers take turns (A B C A B C …), so that what else happens on the machine meets all of them alike.
 * The CPU time of a turn runs until the same server's next turn: what it puts off, such as sending its telemetry, is charged to it.
 * @param settle called after the last turns, before the last readings
 */
export async function takeCpuTurns(servers: ReadonlyMap<ServerName, ServerProcess>, bench: Bench, ticksPerSecond: number, update: (text: string) => void, settle: () => Promise<void>): Promise<CpuTurns> {
  const warmUpCalls = bench.calls * WARM_UP_TURNS;
  for (const measurement of MEASUREMENTS) {
    for (const [name, server] of servers) {
      update(`warm-up, ${name}`);
      await saturate(server, measurement, warmUpCalls, bench);
    }
  }
  const seconds = new Map([...servers.keys()].map((name) => [name, collector()]));
  const open = new Map<ServerName, Turn>();
  const closeTurn = (name: ServerName, now: CpuReading): void => {
    const turn = open.get(name);
    if (turn) seconds.get(name)?.[turn.measurement].push({ cpuSecondsPer1000Calls: cpuSecondsBetween(turn.before, now) / bench.calls * 1_000, callsPerSecond: turn.callsPerSecond });
  };
  for (const measurement of MEASUREMENTS) {
    for (let round = 1; round <= ROUNDS; round += 1) {
      for (const [name, server] of servers) {
        update(`${measurement}, round ${round} of ${ROUNDS}, ${name}`);
        const before = readCpu(server.pid, ticksPerSecond);
        closeTurn(name, before);
        open.set(name, { measurement, before, callsPerSecond: await saturate(server, measurement, bench.calls, bench) });
      }
    }
  }
  update('waiting for telemetry on its way');
  await settle();
  for (const [name, server] of servers) closeTurn(name, readCpu(server.pid, ticksPerSecond));
  const callsSent = Object.fromEntries(MEASUREMENTS.map((measurement) => [measurement, 1 + warmUpCalls + ROUNDS * bench.calls])) as Record<Measurement, number>;
  return { costs: new Map([...seconds].map(([name, turns]) => [name, medians(turns)])), callsSent };
}

async function saturate(server: ServerProcess, measurement: Measurement, calls: number, { load, requests, connections }: Bench): Promise<number> {
  const result = await load.saturate({ url: `${server.url}${MCP_PATH}`, measurement, request: requests[measurement], connections, calls });
  return result.calls / result.seconds;
}

function collector(): Record<Measurement, CallCost[]> {
  return Object.fromEntries(MEASUREMENTS.map((measurement) => [measurement, []])) as unknown as Record<Measurement, CallCost[]>;
}

function medians(turns: Readonly<Record<Measurement, readonly CallCost[]>>): Record<Measurement, CallCost> {
  return Object.fromEntries(MEASUREMENTS.map((measurement) => [measurement, {
    cpuSecondsPer1000Calls: median(turns[measurement].map((cost) => cost.cpuSecondsPer1000Calls)),
    callsPerSecond: median(turns[measurement].map((cost) => cost.callsPerSecond)),
  }])) as Record<Measurement, CallCost>;
}

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandError } from '../scripts/commandError.ts';
import type { Progress } from '../scripts/progress.ts';
import type { BenchOptions } from './commandLine.ts';
import { withSection } from './document.ts';
import { additionFigures, CONNECTIONS_OF_ADDITIONS, serversOf } from './additions.ts';
import { figuresOf } from './figures.ts';
import { startLoadGenerator } from './load/loadGenerator.ts';
import { CONNECTIONS, type Bench } from './measure/bench.ts';
import { prepareContestants, RECORDING_SERVERS, type Contestants } from './measure/contestants.ts';
import { takeCpuTurns, type CpuTurns } from './measure/cpuTurns.ts';
import { measureLatency, type Latencies } from './measure/latency.ts';
import { measureMemory, type MemoryUse } from './measure/memory.ts';
import { callOnce, measureStart } from './measure/starts.ts';
import { countItemsPerCall, countTelemetry, telemetryHasSettled, type TelemetryCount } from './measure/telemetry.ts';
import { detectCores } from './process/cores.ts';
import { startServerProcess, type Launch, type ServerProcess } from './process/serverProcess.ts';
import { formatReport, formatSection } from './report.ts';
import { MEASUREMENTS, requestOf } from './requests.ts';
import type { BenchResult } from './result.ts';
import type { ServerName } from './serverNames.ts';
import { launchApp, shippedSamplingRatio } from './servers/allOn.ts';
import { describeSetting } from './setting.ts';
import { startStandIn, type StandIn } from './standIn.ts';

const DOCUMENT = join(import.meta.dirname, '..', 'docs', 'benchmarks.md');

/**
 * Measures the servers and compares them. A complete run writes its section of docs/benchmarks.md.
 * @returns the text for standard output
 * @throws CommandError BENCH_NEEDS_LINUX, BENCH_SERVER_FAILED, BENCH_ANSWER_WRONG, BENCH_CALLS_FAILED, BENCH_RECORDS_MISSING
 */
export async function bench(options: BenchOptions, progress: Progress): Promise<string> {
  if (!existsSync('/proc/self/stat')) throw new CommandError('BENCH_NEEDS_LINUX', `The CPU time of a process is read from /proc, which ${process.platform} does not have. Run the benchmark on Linux.`);
  const folder = mkdtempSync(join(tmpdir(), 'mcp-bench-'));
  const removeFolder = (): void => rmSync(folder, { recursive: true, force: true });
  process.on('exit', removeFolder);
  const standIn = await startStandIn(join(folder, 'certificates'));
  try {
    const result = await measure(options, folder, standIn, progress);
    if (options.complete) {
      writeFileSync(DOCUMENT, withSection(readFileSync(DOCUMENT, 'utf8'), formatSection(result), options.additions ? 'auth audit' : 'app'));
      progress.note('The figures stand in docs/benchmarks.md.');
    }
    return options.json ? `${JSON.stringify(result)}\n` : formatReport(result);
  } finally {
    await standIn.close();
    removeFolder();
  }
}

async function measure(options: BenchOptions, folder: string, standIn: StandIn, progress: Progress): Promise<BenchResult> {
  const contestants = await progress.step('Servers are built', () => prepareContestants(options.additions ? serversOf(options.additions) : options.servers, folder, standIn));
  for (const [name, reason] of contestants.skipped) progress.note(`${name} is left out: ${reason}.`);
  const cores = detectCores();
  cores.moveToLoadCore();
  const load = startLoadGenerator();
  const requests = Object.fromEntries(MEASUREMENTS.map((measurement) => [measurement, requestOf(measurement, standIn.accessToken)])) as Bench['requests'];
  const bench: Bench = { cores, load, standIn, requests, calls: options.calls, connections: options.additions ? CONNECTIONS_OF_ADDITIONS : CONNECTIONS };
  try {
    const turns = await progress.step(`CPU time, ${contestants.launches.size} servers in turn`, (update) => measureCpu(contestants, bench, update));
    requireRecords(contestants, turns, bench);
    const common = {
      additions: options.additions,
      setting: describeSetting(contestants.pythonVersion),
      pinned: cores.pinned,
      calls: options.calls,
      connections: bench.connections,
      servers: Object.fromEntries(turns.costs),
      skipped: Object.fromEntries(contestants.skipped),
    };
    if (options.additions) return { ...common, figures: additionFigures(turns.costs), telemetry: {} };
    const telemetry = await countAllTelemetry(contestants, turns, bench, progress);
    const { memory, latencies } = await measureLongRuns(contestants, bench, progress);
    const startMs = await measureStarts(contestants, bench, progress);
    const figures = figuresOf({ costs: turns.costs, telemetry, memory, latencies, startMs, zipBytes: contestants.appPackage?.zipBytes });
    return { ...common, figures, telemetry: Object.fromEntries(telemetry) };
  } finally {
    await load.close();
  }
}

async function measureCpu({ launches }: Contestants, bench: Bench, update: (text: string) => void): Promise<CpuTurns> {
  const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  const servers = new Map<ServerName, ServerProcess>();
  try {
    for (const [name, launch] of launches) {
      const server = await startServerProcess(name, launch, bench.cores);
      servers.set(name, server);
      for (const measurement of MEASUREMENTS) await callOnce(name, server, measurement, bench);
    }
    return await takeCpuTurns(servers, bench, ticksPerSecond, update, () => telemetryHasSettled(bench.standIn, withTelemetry(launches)));
  } finally {
    await Promise.all([...servers.values()].map((server) => server.stop()));
  }
}

/** A server whose records go elsewhere than to storage does not do what is measured. */
function requireRecords({ launches }: Contestants, { callsSent }: CpuTurns, { standIn }: Bench): void {
  const expected = MEASUREMENTS.reduce((sum, measurement) => sum + (measurement.startsWith('tools/call') ? callsSent[measurement] : 0), 0);
  for (const name of RECORDING_SERVERS) {
    const stored = standIn.recordsOf(name);
    if (launches.has(name) && stored !== expected) throw new CommandError('BENCH_RECORDS_MISSING', `The server ${name} was sent ${expected} calls of tools, and ${stored} records of them are stored.`);
  }
}

async function countAllTelemetry({ launches, appPackage }: Contestants, turns: CpuTurns, bench: Bench, progress: Progress): Promise<Map<ServerName, TelemetryCount>> {
  const counts = new Map<ServerName, TelemetryCount>();
  const names = withTelemetry(launches);
  if (!appPackage || names.length === 0) return counts;
  const itemsPerCall = await progress.step('Telemetry of single calls', () => countItemsPerCall('all-on-100', (counted) => launchApp(counted, appPackage, bench.standIn, 1), bench));
  for (const name of names) {
    counts.set(name, countTelemetry(name, name === 'all-on' ? shippedSamplingRatio() : 1, turns.callsSent, itemsPerCall, bench.standIn));
  }
  return counts;
}

/** Memory over many calls, and latency on the same process, which is warm by then. */
async function measureLongRuns({ launches }: Contestants, bench: Bench, progress: Progress): Promise<{ memory: Map<ServerName, MemoryUse>; latencies: Latencies | undefined }> {
  const memory = new Map<ServerName, MemoryUse>();
  let latencies: Latencies | undefined;
  for (const name of ['protocol', 'all-on'] as const) {
    const launch = launches.get(name);
    if (!launch) continue;
    const server = await startServerProcess(name, launch, bench.cores);
    try {
      const use = await progress.step(`Memory, ${name}`, (update) => measureMemory(server, bench, update));
      memory.set(name, use);
      if (name === 'all-on') latencies = await measureLatencies(server, use.callsPerSecond, launches.get('fastify'), bench, progress);
    } finally {
      await server.stop();
    }
  }
  return { memory, latencies };
}

async function measureLatencies(server: ServerProcess, saturatingRate: number, floorLaunch: Launch | undefined, bench: Bench, progress: Progress): Promise<Latencies> {
  const floor = floorLaunch && await startServerProcess('fastify', floorLaunch, bench.cores);
  try {
    return await progress.step('Latency at half the saturating rate', (update) => measureLatency(server, saturatingRate, floor, bench, update));
  } finally {
    await floor?.stop();
  }
}

async function measureStarts({ launches }: Contestants, bench: Bench, progress: Progress): Promise<Map<ServerName, number>> {
  const startMs = new Map<ServerName, number>();
  for (const name of ['protocol', 'all-on-100'] as const) {
    const launch = launches.get(name);
    if (launch) startMs.set(name, await progress.step(`Starts, ${name}`, () => measureStart(name, launch, bench)));
  }
  return startMs;
}

function withTelemetry(launches: Contestants['launches']): ServerName[] {
  return (['all-on', 'all-on-100'] as const).filter((name) => launches.has(name));
}

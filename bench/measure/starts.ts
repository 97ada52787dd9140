import { CommandError } from '../../scripts/commandError.ts';
import { problemOfAnswer } from '../answers.ts';
import { post } from '../load/post.ts';
import { startServerProcess, type Launch, type ServerProcess } from '../process/serverProcess.ts';
import { MCP_PATH, MEASUREMENTS, type Measurement } from '../requests.ts';
import { median } from '../statistics.ts';
import type { Bench } from './bench.ts';

const STARTS = 7;

/** Time from the start of the process to the first good answer, in milliseconds: the median of several starts. */
export async function measureStart(name: string, launch: Launch, bench: Bench): Promise<number> {
  const timesMs: number[] = [];
  for (let start = 0; start < STARTS; start += 1) {
    const server = await startServerProcess(name, launch, bench.cores);
    try {
      await callOnce(name, server, MEASUREMENTS[0], bench);
      timesMs.push(performance.now() - server.startedAtMs);
    } finally {
      await server.stop();
    }
  }
  return median(timesMs);
}

/** @throws CommandError BENCH_ANSWER_WRONG with what is wrong: the figures of a server that answers wrongly are worth nothing */
export async function callOnce(name: string, server: ServerProcess, measurement: Measurement, { requests }: Bench): Promise<void> {
  try {
    const body = await post(`${server.url}${MCP_PATH}`, requests[measurement]);
    const problem = problemOfAnswer(measurement, body);
    if (problem !== undefined) throw new Error(`${problem}.\n${body.slice(0, 1_000)}`);
  } catch (error) {
    throw new CommandError('BENCH_ANSWER_WRONG', `The answer of ${name} to ${measurement} is not right: ${(error as Error).message}`);
  }
}

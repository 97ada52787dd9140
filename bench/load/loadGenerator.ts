import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { CommandError } from '../../scripts/commandError.ts';
import { pacedResultSchema, replySchema, saturatingResultSchema, type Job, type PacedJob, type PacedResult, type SaturatingJob, type SaturatingResult } from './jobs.ts';

/** Makes calls in a process of its own, which stays warm from job to job. One job at a time. */
export interface LoadGenerator {
  saturate(job: Omit<SaturatingJob, 'kind'>): Promise<SaturatingResult>;
  pace(job: Omit<PacedJob, 'kind'>): Promise<PacedResult>;
  close(): Promise<void>;
}

export function startLoadGenerator(): LoadGenerator {
  const child = fork(join(import.meta.dirname, 'loadProcess.ts'), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const ended = once(child, 'exit');
  const run = async (job: Job): Promise<unknown> => {
    const replied = once(child, 'message');
    child.send(job);
    const message = await Promise.race([replied.then(([reply]: unknown[]) => replySchema.parse(reply)), ended.then(() => ({ problem: 'the load process ended' }))]);
    if ('problem' in message) throw new CommandError('BENCH_CALLS_FAILED', message.problem);
    return message.result;
  };
  return {
    saturate: async (job) => saturatingResultSchema.parse(await run({ kind: 'saturating', ...job })),
    pace: async (job) => pacedResultSchema.parse(await run({ kind: 'paced', ...job })),
    close: async () => {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}

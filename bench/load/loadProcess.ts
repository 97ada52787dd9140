import { jobSchema, type Job } from './jobs.ts';
import { runPaced } from './paced.ts';
import { runSaturating } from './saturating.ts';

/** The process that makes the calls: one job at a time over the channel to its parent, until that closes. */
process.on('message', (message) => {
  void answer(jobSchema.parse(message));
});
process.on('disconnect', () => process.exit(0));

async function answer(job: Job): Promise<void> {
  try {
    process.send?.({ result: job.kind === 'saturating' ? await runSaturating(job) : await runPaced(job) });
  } catch (error) {
    process.send?.({ problem: error instanceof Error ? error.message : String(error) });
  }
}

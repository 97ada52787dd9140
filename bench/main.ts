import { CommandError } from '../scripts/commandError.ts';
import { createProgress } from '../scripts/progress.ts';
import { parseCommandLine, USAGE } from './commandLine.ts';

/**
 * Entry of `npm run bench`: prints the figures to standard output, steps with their times to standard error.
 * Exit codes: 0 measured (whether or not the targets are reached), 1 the measurement failed, 2 called wrongly.
 */
// Ending by process.exit runs what clears away servers and temporary files.
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));
process.exitCode = await run(process.argv.slice(2));

async function run(argv: readonly string[]): Promise<number> {
  try {
    const options = parseCommandLine(argv);
    if (options === 'help') {
      process.stdout.write(USAGE);
      return 0;
    }
    const progress = createProgress({ stream: process.stderr, isTerminal: process.stderr.isTTY === true });
    const text = 'pairs' in options ? await (await import('./policy/bench.ts')).benchPolicy(options, progress) : await (await import('./bench.ts')).bench(options, progress);
    process.stdout.write(text);
    return 0;
  } catch (error) {
    const known = error instanceof CommandError;
    process.stderr.write(`\n${known ? `${error.code}: ${error.message}` : ((error as Error).stack ?? String(error))}\n`);
    return known ? error.exitCode : 1;
  }
}

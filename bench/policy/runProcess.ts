import { spawn } from 'node:child_process';
import { CommandError } from '../../scripts/commandError.ts';

/** The end of what a process wrote, which says why it failed. */
const TAIL_CHARACTERS = 4_000;

/**
 * Runs a program to its end.
 * @returns what it wrote to standard output, and how long it ran, in milliseconds
 * @throws CommandError BENCH_COMMAND_FAILED when it ends with another code than 0
 */
export async function runProcess(program: string, args: readonly string[], options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv }): Promise<{ readonly stdout: string; readonly wallMs: number }> {
  const begun = performance.now();
  const child = spawn(program, [...args], { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const killChild = (): void => void child.kill();
  process.on('exit', killChild);
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => { stdout += text; });
  child.stderr.setEncoding('utf8').on('data', (text: string) => { stderr += text; });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (code !== 0) throw new CommandError('BENCH_COMMAND_FAILED', `${program} ${args.join(' ')} ended with ${code}:\n${`${stdout}\n${stderr}`.slice(-TAIL_CHARACTERS)}`);
    return { stdout, wallMs: performance.now() - begun };
  } finally {
    process.off('exit', killChild);
  }
}

import { spawn } from 'node:child_process';
import { CommandError } from '../commandError.ts';
import type { CloudEnvironment } from './environment.ts';
import { projectDir } from './folders.ts';

/** Runs the engine's command line with a prepared environment. */
export interface PulumiRunner {
  /**
   * @param args arguments behind `pulumi`; nothing secret, a process list shows them
   * @param onLine called with each line of output as it comes
   * @returns standard output
   * @throws CommandError PULUMI_FAILED with what the engine printed
   */
  run(args: readonly string[], onLine?: (line: string) => void): Promise<string>;
}

/**
 * @param pulumi absolute path of the engine
 * @param environment what `cloudEnvironment` returned
 */
export function createPulumiRunner(pulumi: string, environment: CloudEnvironment): PulumiRunner {
  return {
    run: (args, onLine) => new Promise((resolve, reject) => {
      const child = spawn(pulumi, [...args], {
        cwd: projectDir,
        // `--event-log`, by which evidence is kept, is one of the flags that the engine has for this variable alone.
        env: { ...process.env, ...environment, PULUMI_DEBUG_COMMANDS: '1' },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const out: string[] = [];
      const all: string[] = [];
      const take = (chunks: string[][], line: string): void => {
        for (const lines of chunks) lines.push(line);
        onLine?.(line);
      };
      readLines(child.stdout, (line) => take([out, all], line));
      readLines(child.stderr, (line) => take([all], line));
      child.once('error', reject);
      child.once('close', (code) => {
        if (code === 0) resolve(out.join('\n'));
        else reject(new CommandError('PULUMI_FAILED', `pulumi ${args.join(' ')} ended with exit code ${code ?? 'none'}:\n${all.join('\n').trim()}`));
      });
    }),
  };
}

function readLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
  stream.on('end', () => { if (rest !== '') onLine(rest); });
}

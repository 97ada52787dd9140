import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface RunOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** After this the program and all it has started are ended. */
  readonly timeoutMs: number;
  /** Called with each line of standard error, as it comes. */
  readonly onErrorLine?: (line: string) => void;
}

export interface RunResult {
  /** The exit code; undefined when the program could not be started, was ended by a signal or ran out of time. */
  readonly exitCode: number | undefined;
  /** Why there is no exit code, or an empty text. */
  readonly problem: string;
  readonly stdout: string;
  /** The last lines of standard error, oldest first. */
  readonly errorTail: readonly string[];
}

const keptErrorLines = 400;

/**
 * Runs a program to its end and never throws: what went wrong is in the result.
 * The program leads a process group of its own, so that a time-out also ends what it has started (compilers, curl, tar);
 * the same happens when this process is told to stop meanwhile.
 */
export function runProgram(file: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd: options.cwd, env: options.env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    let stdout = '';
    const errorTail: string[] = [];
    let problem = '';
    const endGroup = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It ended by itself in the meantime.
      }
    };
    const timer = setTimeout(() => {
      problem = `no end after ${Math.round(options.timeoutMs / 1000)} s`;
      endGroup();
    }, options.timeoutMs);
    // A group of its own does not get the terminal's Ctrl-C: hand it on, then stop as if there were no listener.
    const onSignal = (signal: NodeJS.Signals) => {
      endGroup();
      stopListening();
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
    };
    const stopListening = () => {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
      process.off('SIGHUP', onSignal);
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
    process.on('SIGHUP', onSignal);

    child.stdout.setEncoding('utf8').on('data', (text: string) => { stdout += text; });
    createInterface({ input: child.stderr }).on('line', (line) => {
      errorTail.push(line);
      if (errorTail.length > keptErrorLines) errorTail.shift();
      options.onErrorLine?.(line);
    });
    child.on('error', (error) => { problem = error.message; });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      stopListening();
      if (problem === '' && signal !== null) problem = `ended by ${signal}`;
      resolve({ exitCode: problem === '' ? (code ?? undefined) : undefined, problem, stdout, errorTail });
    });
  });
}

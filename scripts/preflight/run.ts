import { isAbsolute } from 'node:path';
import { runProgram } from '../toolchain/runProgram.ts';
import { findOnPath, type Environment } from '../toolchain/findOnPath.ts';

/** How a program ended. */
export interface RunOutcome {
  /** Undefined when the program is not there, or was ended. */
  readonly exitCode: number | undefined;
  /** Whether the program is not there at all. */
  readonly isMissing: boolean;
  readonly stdout: string;
  /** The end of standard error, or why there is no exit code. */
  readonly stderr: string;
}

/** Runs a program, by its absolute path or looked up on PATH. Arguments never hold a secret: any user of the machine can read them. */
export type Run = (command: string, args: readonly string[]) => Promise<RunOutcome>;

const timeoutMs = 60_000;
const keptErrorLines = 20;

/** Runs programs in an environment. @param cwd folder in which they start */
export function createRun(env: Environment, cwd: string): Run {
  return async (command, args) => {
    const file = isAbsolute(command) ? command : findOnPath(command, env);
    if (file === undefined) return { exitCode: undefined, isMissing: true, stdout: '', stderr: `there is no "${command}" on PATH` };
    const { exitCode, problem, stdout, errorTail } = await runProgram(file, args, { env, cwd, timeoutMs });
    return { exitCode, isMissing: false, stdout, stderr: problem || errorTail.slice(-keptErrorLines).join('\n') };
  };
}

import { projectDir } from '../cloud/folders.ts';
import { runProgram } from '../toolchain/runProgram.ts';
import type { Report } from './report.ts';

const GIT_TIMEOUT_MS = 30_000;

/** The commit that is checked out, and whether the files differ from it; undefined outside of a repository, and where there is no git. */
export async function readCommit(env: NodeJS.ProcessEnv, folder = projectDir): Promise<Report['commit']> {
  // Without locks: reading a status may write the index, and a report changes nothing.
  const git = (...args: string[]) => runProgram('git', ['--no-optional-locks', ...args], { env, cwd: folder, timeoutMs: GIT_TIMEOUT_MS });
  const [head, status] = [await git('rev-parse', 'HEAD'), await git('status', '--porcelain')];
  return head.exitCode === 0 && status.exitCode === 0 ? { id: head.stdout.trim(), isDirty: status.stdout.trim() !== '' } : undefined;
}

import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { CommandError } from '../commandError.ts';

/** A commit that names calls in its trailers. */
export interface NamingCommit {
  /** Full hash. */
  readonly commit: string;
  /** Values of the trailer, as they stand there, each once. */
  readonly named: readonly string[];
}

const MAX_OUTPUT_BYTES = 268_435_456;

/**
 * Reads the commits of a range whose messages have the trailer `MCP-Call`, the oldest first. Trailers are what git takes for such: git-interpret-trailers(1), and "trailers" in
 * the formats of git-log(1).
 * @param range as a person gives it, one argument such as `main..HEAD`; what looks like an option is refused, no shell sees it, and git takes what stands there for a revision
 * @throws CommandError AUDIT_GIT_RANGE, AUDIT_GIT_FAILED
 */
export async function readTrailers(folder: string, range: string, env: NodeJS.ProcessEnv): Promise<NamingCommit[]> {
  if (range === '' || range.startsWith('-')) throw new CommandError('AUDIT_GIT_RANGE', `--git was given "${range}". Allowed: a range of commits, such as v1.4.0..HEAD.`, 2);
  if (!(await stat(folder).then((found) => found.isDirectory(), () => false))) throw new CommandError('AUDIT_GIT_FAILED', `There is no folder ${folder}. Name one of a repository with --repository.`);
  const output = await runGit(folder, [
    '--no-pager', 'log', '--reverse', '-z', '--no-color', '--encoding=UTF-8',
    // The repository's own settings may ask for a program that checks signatures.
    '--no-show-signature', '--format=%H%n%(trailers:key=MCP-Call,valueonly,unfold)', '--end-of-options', range, '--',
  ], env);
  return output.split('\0').flatMap((entry) => {
    const [commit = '', ...lines] = entry.split('\n').map((line) => line.trim());
    const named = [...new Set(lines.filter((line) => line !== ''))];
    return named.length === 0 ? [] : [{ commit, named }];
  });
}

function runGit(cwd: string, args: readonly string[], { GIT_DIR: _dir, GIT_WORK_TREE: _tree, GIT_INDEX_FILE: _index, GIT_OBJECT_DIRECTORY: _objects, ...env }: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) => {
    // A hook runs with variables that name another repository than the folder does; nothing is fetched for reading messages.
    execFile('git', args, { cwd, env: { ...env, LC_ALL: 'C', GIT_NO_LAZY_FETCH: '1', GIT_TERMINAL_PROMPT: '0' }, maxBuffer: MAX_OUTPUT_BYTES, encoding: 'utf8' }, (error, stdout, stderr) => {
      if (!error) resolve(stdout);
      else if (error.code === 'ENOENT') reject(new CommandError('AUDIT_GIT_FAILED', 'git is not on PATH. Install it, or link each call by hand.'));
      else reject(new CommandError('AUDIT_GIT_FAILED', `git says: ${stderr.trim() || error.message}. Name a range of commits of the repository in ${cwd}.`));
    });
  });
}

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/**
 * The commit of the sources in a folder, with `-dirty` behind it when files were changed since. Files of stacks are none of the sources: a promotion writes into them.
 * @returns undefined where there is no git, or no repository
 */
export async function commitOf(folder: string): Promise<string | undefined> {
  const git = async (...args: string[]): Promise<string> => (await promisify(execFile)('git', args, { cwd: folder, maxBuffer: 16 * 1024 * 1024 })).stdout.trim();
  try {
    const commit = await git('rev-parse', 'HEAD');
    const changed = await git('status', '--porcelain', '--untracked-files=no', '--', '.', ':(exclude,glob)Pulumi.*.yaml');
    return changed === '' ? commit : `${commit}-dirty`;
  } catch {
    return undefined;
  }
}

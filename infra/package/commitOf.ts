import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/**
 * The commit of the sources in a folder, with `-dirty` behind it when files were changed since.
 * @returns undefined where there is no git, or no repository
 */
export async function commitOf(folder: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('git', ['describe', '--always', '--abbrev=40', '--dirty', '--exclude=*'], { cwd: folder });
    return stdout.trim();
  } catch {
    return undefined;
  }
}

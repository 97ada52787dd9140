import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/** The environment of a process, as data. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The folders of PATH. Relative ones are left out: what they hold depends on where one stands. */
export function pathFolders(env: Environment): string[] {
  return (env['PATH'] ?? '').split(delimiter).filter((folder) => isAbsolute(folder));
}

/** The absolute path of the first executable file of that name on PATH. */
export function findOnPath(name: string, env: Environment): string | undefined {
  return pathFolders(env).map((folder) => join(folder, name)).find(isExecutableFile);
}

/** Whether there is a file that this user may execute. */
export function isExecutableFile(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

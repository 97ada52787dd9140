import { delimiter, dirname, join } from 'node:path';
import { findOnPath, pathFolders, type Environment } from '../../toolchain/findOnPath.ts';
import { parseVersion } from '../../toolchain/version.ts';
import type { Finding } from '../finding.ts';
import type { Run } from '../run.ts';

const minimumMajor = 24;

/**
 * The PATH of the shell in which "npm run" was typed: npm puts folders of its own before it, among them the project's Node, and
 * `pulumi up` from that shell looks "node" up without them. A folder of npm's that is met again was on the shell's PATH before.
 */
export function shellPath(env: Environment): string {
  const folders = pathFolders(env);
  const packageFile = env['npm_package_json'];
  if (packageFile === undefined) return folders.join(delimiter);
  const added = new Set(ancestors(dirname(packageFile)).map((folder) => join(folder, 'node_modules', '.bin')));
  const own = folders.findIndex((folder) => !added.delete(folder) && !folder.endsWith('node-gyp-bin'));
  return own === -1 ? '' : folders.slice(own).join(delimiter);
}

/** A folder and those above it. */
function ancestors(folder: string): string[] {
  const above = dirname(folder);
  return above === folder ? [folder] : [folder, ...ancestors(above)];
}

/** The Node that `pulumi up` will start the program with: the first on the shell's PATH. */
export async function checkNode(run: Run, env: Environment): Promise<Finding> {
  const about = { id: 'node', title: 'Node for "pulumi up"', required: `Node ${minimumMajor} or later as "node" on PATH: the program is TypeScript that Node runs as it is` };
  const remedy = 'put the Node that the project brings first on PATH: export PATH="$PWD/node_modules/.bin:$PATH"';
  const file = findOnPath('node', { PATH: shellPath(env) });
  if (file === undefined) return { ...about, status: 'failed', given: 'there is no "node" on PATH', next: remedy };
  const { exitCode, stdout, stderr } = await run(file, ['--version']);
  const version = exitCode === 0 ? parseVersion(stdout) : undefined;
  if (version === undefined) return { ...about, status: 'failed', given: `${file} does not answer "--version" (${stderr})`, next: remedy };
  const isNew = Number.parseInt(version, 10) >= minimumMajor;
  return { ...about, status: isNew ? 'ok' : 'failed', given: `${version} (${file})`, next: isNew ? '' : remedy };
}

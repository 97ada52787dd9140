import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';

/** The Python that runs the FastAPI server, or why there is none. */
export type PythonEnvironment = { readonly python: string; readonly version: string } | { readonly missing: string };

const requirementsFile = join(import.meta.dirname, 'requirements.txt');
const run = promisify(execFile);

/**
 * Makes a virtual environment with the pinned packages in the cache folder, once: its name changes with the pins and with the Python.
 * @param env where PATH, HOME and XDG_CACHE_HOME are looked up
 */
export async function ensurePythonEnvironment(env: NodeJS.ProcessEnv): Promise<PythonEnvironment> {
  const version = await pythonVersion(env);
  if (version === undefined) return { missing: 'there is no python3 on PATH; install Python 3.10 or later to compare with FastAPI' };
  const key = createHash('sha256').update(`${version}\n${readFileSync(requirementsFile, 'utf8')}`).digest('hex').slice(0, 16);
  const folder = join(cacheFolder(env), `fastapi-${key}`);
  if (!existsSync(folder)) {
    const problem = await make(folder, env);
    if (problem !== undefined) return { missing: problem };
  }
  return { python: join(folder, 'bin', 'python'), version };
}

/** The versions that requirements.txt pins, by package. */
export function pinnedVersions(): Readonly<Record<string, string>> {
  return Object.fromEntries([...readFileSync(requirementsFile, 'utf8').matchAll(/^([^=\s]+)==(\S+)$/gm)].map(([, name = '', version = '']) => [name, version]));
}

async function pythonVersion(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  try {
    const { stdout } = await run('python3', ['--version'], { env });
    return stdout.trim().replace(/^Python /, '');
  } catch {
    return undefined;
  }
}

/** Source: freedesktop.org, "XDG Base Directory Specification": XDG_CACHE_HOME counts when it is absolute, else ~/.cache. */
function cacheFolder(env: NodeJS.ProcessEnv): string {
  const given = env['XDG_CACHE_HOME'];
  return join(given !== undefined && isAbsolute(given) ? given : join(env['HOME'] || homedir(), '.cache'), 'mcp-app-service', 'bench');
}

/** Beside its place first, so that a run that is cut off leaves nothing that looks finished. @returns what went wrong */
async function make(folder: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const unfinished = `${folder}.unfinished-${process.pid}`;
  try {
    mkdirSync(unfinished, { recursive: true });
    await run('python3', ['-m', 'venv', unfinished], { env });
    await run(join(unfinished, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '--requirement', requirementsFile], { env });
    renameSync(unfinished, folder);
    return undefined;
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    if (existsSync(folder)) return undefined; // Another run was quicker.
    return `the packages of ${requirementsFile} could not be installed: ${lastLine(error)}`;
  }
}

function lastLine(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message: string };
  return (stderr?.trim() || message).split('\n').at(-1) ?? '';
}

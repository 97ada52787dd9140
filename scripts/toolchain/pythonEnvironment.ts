import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from './cache.ts';

/** A Python with packages, or why there is none. */
export type PythonEnvironment = { readonly python: string; readonly version: string } | { readonly missing: string };

const run = promisify(execFile);
const ADVICE = 'Install Python 3.10 or later with venv: apt-get install python3 python3-venv';

/**
 * Makes a virtual environment with pinned packages in the cache folder, once: its name changes with the pins and with the Python.
 * @param name what it is for
 * @param requirementsFile the pins, in pip's format
 * @param env where PATH, HOME and XDG_CACHE_HOME are looked up
 */
export async function ensurePythonEnvironment(name: string, requirementsFile: string, env: NodeJS.ProcessEnv = process.env): Promise<PythonEnvironment> {
  const version = await pythonVersion(env);
  if (version === undefined) return { missing: `There is no python3 on PATH. ${ADVICE}` };
  const key = createHash('sha256').update(`${version}\n${readFileSync(requirementsFile, 'utf8')}`).digest('hex').slice(0, 16);
  const folder = join(cacheFolder('python', env), `${name}-${key}`);
  if (!existsSync(folder)) {
    const problem = await make(folder, requirementsFile, env);
    if (problem !== undefined) return { missing: problem };
  }
  return { python: join(folder, 'bin', 'python'), version };
}

async function pythonVersion(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  try {
    const { stdout } = await run('python3', ['--version'], { env });
    return stdout.trim().replace(/^Python /, '');
  } catch {
    return undefined;
  }
}

/** Beside its place first, so that a run that is cut off leaves nothing that looks finished. @returns what went wrong */
async function make(folder: string, requirementsFile: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const unfinished = `${folder}.unfinished-${process.pid}`;
  try {
    mkdirSync(dirname(unfinished), { recursive: true });
    await run('python3', ['-m', 'venv', unfinished], { env });
    await run(join(unfinished, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '--requirement', requirementsFile], { env });
    renameSync(unfinished, folder);
    return undefined;
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    if (existsSync(folder)) return undefined; // Another run was quicker.
    return `The packages of ${requirementsFile} could not be installed: ${lastLine(error)}. ${ADVICE}`;
  }
}

function lastLine(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message: string };
  return (stderr?.trim() || message).split('\n').at(-1) ?? '';
}

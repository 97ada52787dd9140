import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePythonEnvironment, type PythonEnvironment } from '../../../scripts/toolchain/pythonEnvironment.ts';

const requirementsFile = join(import.meta.dirname, 'requirements.txt');

/** The Python that runs the FastAPI server, or why there is none. */
export function ensureFastApi(): Promise<PythonEnvironment> {
  return ensurePythonEnvironment('fastapi', requirementsFile);
}

/** The versions that requirements.txt pins, by package. */
export function pinnedVersions(): Readonly<Record<string, string>> {
  return Object.fromEntries([...readFileSync(requirementsFile, 'utf8').matchAll(/^([^=\s]+)==(\S+)$/gm)].map(([, name = '', version = '']) => [name, version]));
}

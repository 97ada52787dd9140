import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { pinnedVersions } from './servers/fastapi/environment.ts';

/** Where and with what the figures were measured. */
export interface BenchSetting {
  /** YYYY-MM-DD. */
  readonly date: string;
  readonly cpuModel: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly nodeVersion: string;
  /** Undefined when FastAPI is not measured. */
  readonly pythonVersion: string | undefined;
  /** Versions of the packages that are measured, by name. */
  readonly packages: Readonly<Record<string, string>>;
}

const NODE_PACKAGES = ['fastify', '@modelcontextprotocol/server', '@modelcontextprotocol/node', 'zod', '@azure/monitor-opentelemetry', 'autocannon'] as const;
const PYTHON_PACKAGES = ['fastapi', 'uvicorn', 'starlette', 'pydantic'] as const;
const manifestSchema = z.object({ dependencies: z.record(z.string(), z.string()), devDependencies: z.record(z.string(), z.string()) });

/**
 * @param pythonVersion of the Python that runs FastAPI; undefined when it is not measured
 * @param nodePackages those of package.json whose versions matter to what is measured
 */
export function describeSetting(pythonVersion: string | undefined, now = new Date(), nodePackages: readonly string[] = NODE_PACKAGES): BenchSetting {
  const { dependencies, devDependencies } = manifestSchema.parse(JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8')));
  const versions = { ...devDependencies, ...dependencies, ...pinnedVersions() };
  const names = [...nodePackages, ...(pythonVersion === undefined ? [] : PYTHON_PACKAGES)];
  return {
    date: now.toISOString().slice(0, 10),
    cpuModel: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    nodeVersion: process.versions.node,
    pythonVersion,
    packages: Object.fromEntries(names.map((name) => [name, versions[name] ?? 'unknown'])),
  };
}

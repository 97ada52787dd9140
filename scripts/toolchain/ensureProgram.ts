import { dirname, join } from 'node:path';
import { realpathSync } from 'node:fs';
import type { Progress } from '../progress.ts';
import { cachedBinFolder, recipeFiles, recipeKey, toolchainCacheFolder } from './cache.ts';
import { findOnPath, isExecutableFile, type Environment } from './findOnPath.ts';
import { findGo, goBuild } from './goBuild.ts';
import { makeEntry } from './makeEntry.ts';
import type { Recipe } from './recipes.ts';
import { runProgram } from './runProgram.ts';
import { ToolchainError, WayFailed, type Attempt } from './toolchainError.ts';
import { isAtLeast, parseVersion } from './version.ts';

/** Where a program of the toolchain was found or made. */
export type ToolSource = 'path' | 'cache' | 'download' | 'build';

/** A program that is there and answers. */
export interface FoundTool {
  /** The folder to put on PATH; undefined when the program is on PATH already. */
  readonly binDir: string | undefined;
  /** Absolute path. */
  readonly file: string;
  /** As in "3.210.0". */
  readonly version: string;
  readonly source: ToolSource;
}

export interface EnsureOptions {
  readonly env: Environment;
  readonly progress: Progress;
  /** The folder of built programs; by default in the user's cache. */
  readonly cacheDir?: string;
}

/** How one program is found and made: the order of the ways is that of `ensureProgram`. */
export interface ToolSpecification {
  readonly name: string;
  readonly minimumVersion: string;
  /** What a program on PATH needs beside it, and what for. */
  readonly companion?: { readonly name: string; readonly purpose: string };
  readonly recipe: Recipe;
  /** What makes the program tell its version; `version` when absent. */
  readonly versionArgument?: string;
  /** The vendor's own build, by its key in the cache. */
  readonly vendor?: { readonly key: string; readonly files: readonly string[]; readonly skip: (env: Environment) => string | undefined; readonly download: (folder: string, env: Environment) => Promise<void> };
  /** What to install by hand, as a sentence. */
  readonly install: string;
}

const versionTimeoutMs = 20_000;

/**
 * Finds a program of the toolchain, or makes it: on PATH, in the cache, from the vendor, built with Go.
 * A way that fails is noted, and the next one tried.
 * @throws ToolchainError listing every way with its outcome, and what to install
 */
export async function ensureProgram(tool: ToolSpecification, { env, progress, cacheDir }: EnsureOptions): Promise<FoundTool> {
  const folder = cacheDir ?? toolchainCacheFolder(env);
  const attempts: Attempt[] = [];
  const key = recipeKey(tool.recipe);
  const entries = [
    { key, files: recipeFiles(tool.recipe) },
    ...(tool.vendor ? [{ key: tool.vendor.key, files: tool.vendor.files }] : []),
  ];

  const onPath = await tryPath(tool, env);
  if (typeof onPath !== 'string') {
    return isInside(onPath.file, folder) ? { ...onPath, binDir: dirname(onPath.file), source: 'cache' } : onPath;
  }
  attempts.push({ way: `"${tool.name}" on PATH`, outcome: onPath });
  if (findOnPath(tool.name, env) !== undefined) progress.note(`Passing over "${tool.name}" on PATH: ${onPath}`);

  const cached = await tryCache(tool, entries, folder, env);
  if (typeof cached !== 'string') return cached;
  attempts.push({ way: `earlier build in ${folder}`, outcome: cached });

  const downloaded = await tryVendor(tool, folder, env, progress);
  if (typeof downloaded === 'object') return downloaded;
  if (downloaded !== undefined) attempts.push({ way: 'download from the vendor', outcome: downloaded });

  try {
    const go = await findGo(env);
    const bin = await progress.step(
      { running: `Building ${tool.recipe.title} with Go`, done: `${tool.recipe.title} built` },
      (update) => makeEntry({
        folder,
        key,
        files: recipeFiles(tool.recipe),
        onWait: (holder) => update(`${holder} is building it: waiting`),
        make: (unfinished) => goBuild(tool.recipe, go, unfinished, env, update),
      }),
    );
    const version = await versionOf(tool, join(bin, tool.name), env);
    if (version.version === undefined) {
      throw new WayFailed('TOOLCHAIN_BUILD_FAILED', `it was built, but does not answer "version" (${version.problem})`, `Remove ${dirname(bin)} and run the command again.`);
    }
    return { binDir: bin, file: join(bin, tool.name), version: version.version, source: 'build' };
  } catch (error) {
    if (!(error instanceof WayFailed)) throw error;
    attempts.push({ way: 'build with Go', outcome: error.message });
    throw new ToolchainError(error.code, tool.recipe.title, attempts, `${tool.install} ${error.next}`);
  }
}

/** @returns the tool, or why the one on PATH does not do */
async function tryPath(tool: ToolSpecification, env: Environment): Promise<FoundTool | string> {
  const file = findOnPath(tool.name, env);
  if (file === undefined) return 'there is none';
  const { version, problem } = await versionOf(tool, file, env);
  if (version === undefined) return `${file} does not answer "${tool.name} ${versionArgumentOf(tool)}" (${problem})`;
  if (!isAtLeast(version, tool.minimumVersion)) return `${file} is ${version}, and ${tool.minimumVersion} or later is needed`;
  const { companion } = tool;
  if (companion && findOnPath(companion.name, env) === undefined && !isExecutableFile(join(dirname(realpathSync(file)), companion.name))) {
    return `${file} has no ${companion.name} beside it or on PATH (${companion.purpose})`;
  }
  return { binDir: undefined, file, version, source: 'path' };
}

/** @returns the tool, or what the cache holds instead */
async function tryCache(tool: ToolSpecification, entries: readonly { key: string; files: readonly string[] }[], folder: string, env: Environment): Promise<FoundTool | string> {
  for (const { key, files } of entries) {
    const bin = cachedBinFolder(join(folder, key), files);
    if (bin === undefined) continue;
    const file = join(bin, tool.name);
    const { version, problem } = await versionOf(tool, file, env);
    if (version !== undefined) return { binDir: bin, file, version, source: 'cache' };
    return `${file} does not answer "${tool.name} ${versionArgumentOf(tool)}" (${problem}): remove ${dirname(bin)} to have it made anew`;
  }
  return 'there is none';
}

/** @returns the tool, why there is no download, or undefined for a tool that has no vendor to ask */
async function tryVendor(tool: ToolSpecification, folder: string, env: Environment, progress: Progress): Promise<FoundTool | string | undefined> {
  const { vendor } = tool;
  if (!vendor) return undefined;
  const skip = vendor.skip(env);
  if (skip !== undefined) return skip;
  const title = {
    running: `Looking for ${tool.recipe.title} at its vendor`,
    // That the vendor is out of reach is no failure: there is a way after this one.
    done: (result: FoundTool | string) => (typeof result === 'string' ? undefined : `${tool.recipe.title} downloaded`),
  };
  return await progress.step(title, async (update) => {
    try {
      const bin = await makeEntry({
        folder,
        key: vendor.key,
        files: vendor.files,
        onWait: (holder) => update(`${holder} is downloading it: waiting`),
        make: (unfinished) => vendor.download(unfinished, env),
      });
      const { version, problem } = await versionOf(tool, join(bin, tool.name), env);
      if (version === undefined) return `what was downloaded does not answer "version" (${problem})`;
      return { binDir: bin, file: join(bin, tool.name), version, source: 'download' };
    } catch (error) {
      if (!(error instanceof WayFailed)) throw error;
      return error.message;
    }
  });
}

function versionArgumentOf({ versionArgument = 'version' }: ToolSpecification): string {
  return versionArgument;
}

async function versionOf(tool: ToolSpecification, file: string, env: Environment): Promise<{ version: string | undefined; problem: string }> {
  const result = await runProgram(file, [versionArgumentOf(tool)], { env: { ...env, PULUMI_SKIP_UPDATE_CHECK: 'true' }, timeoutMs: versionTimeoutMs });
  const version = result.exitCode === 0 ? parseVersion(result.stdout) : undefined;
  const problem = result.problem || result.errorTail.at(-1) || (result.exitCode === 0 ? `it said ${JSON.stringify(result.stdout.trim().slice(0, 80))}` : `exit code ${result.exitCode}`);
  return { version, problem };
}

function isInside(file: string, folder: string): boolean {
  return file.startsWith(`${folder}/`);
}

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { isExecutableFile, type Environment } from './findOnPath.ts';
import type { Recipe } from './recipes.ts';

/**
 * The folder that holds the built programs.
 * Source: freedesktop.org, "XDG Base Directory Specification": XDG_CACHE_HOME counts when it is absolute, else ~/.cache.
 */
export function toolchainCacheFolder(env: Environment): string {
  return cacheFolder('toolchain', env);
}

/** A folder of the project's cache, for what can be made again. */
export function cacheFolder(name: string, env: Environment): string {
  const given = env['XDG_CACHE_HOME'];
  const cache = given !== undefined && isAbsolute(given) ? given : join(env['HOME'] || homedir(), '.cache');
  return join(cache, 'mcp-app-service', name);
}

/** Names the build of a recipe: changes with any pinned version or checksum, flag, script or platform. */
export function recipeKey(recipe: Recipe, platform = `${process.platform}-${process.arch}`): string {
  const hash = createHash('sha256');
  const add = (text: string) => hash.update(`${Buffer.byteLength(text)}:`).update(text);
  add(platform);
  for (const program of recipe.goPrograms) {
    add(program.name);
    add(program.package);
    add(program.linkerFlags);
    add(readFileSync(join(program.module, 'go.mod'), 'utf8'));
    add(readFileSync(join(program.module, 'go.sum'), 'utf8'));
  }
  for (const [name, file] of Object.entries(recipe.scripts)) {
    add(name);
    add(readFileSync(file, 'utf8'));
  }
  return `${recipe.name}-${hash.digest('hex').slice(0, 16)}`;
}

/** The names of the files that a finished build of the recipe holds. */
export function recipeFiles(recipe: Recipe): string[] {
  return [...recipe.goPrograms.map(({ name }) => name), ...Object.keys(recipe.scripts)];
}

/** The bin folder of an entry when all its programs are there. An entry appears whole, by a rename, or not at all. */
export function cachedBinFolder(entry: string, files: readonly string[]): string | undefined {
  const bin = join(entry, 'bin');
  return files.every((file) => isExecutableFile(join(bin, file))) ? bin : undefined;
}

/** Removes what a build that was cut off has left. To be called under the entry's lock. */
export function removeUnfinished(folder: string, key: string): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    if (name.startsWith(unfinishedPrefix(key))) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

/** Begins the name of a folder in which an entry is being made. */
export function unfinishedPrefix(key: string): string {
  return `${key}.unfinished-`;
}

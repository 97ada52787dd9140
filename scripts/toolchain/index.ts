/**
 * The programs that npm does not carry: the Pulumi CLI, k6 and actionlint. Each is taken from PATH, from the cache, from its vendor, or built with
 * Go from the modules beside this file.
 */
import { delimiter } from 'node:path';
import { fileURLToPath } from 'node:url';
import { version as sdkVersion } from '@pulumi/pulumi/version.js';
import { ensureProgram, type EnsureOptions, type FoundTool, type ToolSpecification } from './ensureProgram.ts';
import { pathFolders, type Environment } from './findOnPath.ts';
import { actionlintRecipe, k6Recipe, pulumiRecipe } from './recipes.ts';
import { offlineVariable, vendorDownload } from './vendorDownload.ts';

export type { EnsureOptions, ToolSource } from './ensureProgram.ts';
export { toolchainCacheFolder } from './cache.ts';
export { ToolchainError, type ToolchainErrorCode } from './toolchainError.ts';
export { offlineVariable } from './vendorDownload.ts';

/**
 * The oldest Pulumi CLI that does: from 3.208 on flags can be given as PULUMI_OPTION_… variables, which keep a local run from writing into
 * the tracked stack files. An older one would ignore them in silence.
 * Source: Pulumi blog, "All Pulumi CLI flags are now supported as environment variables".
 */
export const minimumPulumi = '3.208.0';

/** From 1.0 on k6 follows semantic versioning and runs TypeScript as it is. Source: Grafana k6 release notes, "v1.0.0". */
export const minimumK6 = '1.0.0';

const pulumiTool: ToolSpecification = {
  name: 'pulumi',
  minimumVersion: minimumPulumi,
  companion: { name: 'pulumi-language-nodejs', purpose: 'it starts Node programs' },
  recipe: pulumiRecipe,
  vendor: {
    key: `pulumi-vendor-${sdkVersion}-${process.platform}-${process.arch}`,
    files: ['pulumi', 'pulumi-language-nodejs', 'pulumi-analyzer-policy'],
    skip: (env) => (env[offlineVariable] === '1' ? `left out, because ${offlineVariable} is 1` : undefined),
    download: vendorDownload,
  },
  install: `Install the Pulumi CLI, ${minimumPulumi} or later (pulumi.com, "Download & install Pulumi").`,
};

const k6Tool: ToolSpecification = {
  name: 'k6',
  minimumVersion: minimumK6,
  recipe: k6Recipe,
  install: `Install k6, ${minimumK6} or later (grafana.com, "Install k6").`,
};

const actionlintTool: ToolSpecification = {
  name: 'actionlint',
  // What a workflow may say changes with GitHub: the one that is built is the oldest.
  minimumVersion: '1.7.12',
  recipe: actionlintRecipe,
  versionArgument: '-version',
  install: 'Install actionlint (github.com/rhysd/actionlint, "Installation").',
};

/** The Pulumi CLI, ready to be run. */
export interface PulumiToolchain extends Omit<FoundTool, 'file'> {
  /** Absolute path of the CLI. */
  readonly pulumi: string;
}

/** k6, ready to be run. */
export interface K6Toolchain extends Omit<FoundTool, 'file'> {
  /** Absolute path of k6. */
  readonly k6: string;
}

/**
 * Finds or makes the Pulumi CLI with its Node language host and the starter of policy packs.
 * @throws ToolchainError listing every way that was tried
 */
export async function ensurePulumi(options: EnsureOptions): Promise<PulumiToolchain> {
  const { file, ...found } = await ensureProgram(pulumiTool, options);
  return { ...found, pulumi: file };
}

/**
 * Finds or builds k6.
 * @throws ToolchainError listing every way that was tried
 */
export async function ensureK6(options: EnsureOptions): Promise<K6Toolchain> {
  const { file, ...found } = await ensureProgram(k6Tool, options);
  return { ...found, k6: file };
}

/**
 * Finds or builds actionlint, which checks GitHub Actions workflows.
 * @throws ToolchainError listing every way that was tried
 */
export async function ensureActionlint(options: EnsureOptions): Promise<FoundTool> {
  return await ensureProgram(actionlintTool, options);
}

/**
 * The value of PATH with which the toolchain works: its folder first, then the project's programs (Node 24 among them, which the
 * language host looks up as "node"), then what was there.
 */
export function toolchainPath(env: Environment, ...tools: readonly { readonly binDir: string | undefined }[]): string {
  const project = fileURLToPath(new URL('../../node_modules/.bin', import.meta.url));
  const first = [...tools.flatMap(({ binDir }) => (binDir === undefined ? [] : [binDir])), project];
  return [...first, ...pathFolders(env).filter((folder) => !first.includes(folder))].join(delimiter);
}

import { execFile } from 'node:child_process';
import { isDeepStrictEqual, promisify } from 'node:util';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { PIN_KEY } from '../cloud/stackConfig.ts';

/** The sources that a release works from. */
export interface Checkout {
  /** Full hash of HEAD; undefined outside of a git repository. */
  readonly commit: string | undefined;
  /** Files that differ from the commit, untracked ones included. The pin that a promotion writes into a stack's file is none. */
  readonly changed: readonly string[];
}

const STACK_FILE = /^Pulumi\.[^/]+\.yaml$/;

/** @param folder root of the checkout */
export async function readCheckout(folder: string): Promise<Checkout> {
  const git = async (...args: string[]): Promise<string> => (await promisify(execFile)('git', args, { cwd: folder, maxBuffer: 64 * 1024 * 1024 })).stdout;
  let commit: string;
  let status: string;
  try {
    commit = (await git('rev-parse', 'HEAD')).trim();
    // Relative to the folder: the checkout may be a part of a larger repository.
    status = await git('status', '--porcelain=v1', '-z', '--no-renames', '--untracked-files=all', '--', '.');
  } catch {
    return { commit: undefined, changed: [] };
  }
  const prefix = (await git('rev-parse', '--show-prefix')).trim();
  const changed: string[] = [];
  for (const entry of status.split('\0').filter((line) => line !== '')) {
    const file = entry.slice(3).slice(prefix.length);
    if (STACK_FILE.test(file) && (await differsByPinAlone(file))) continue;
    changed.push(file);
  }
  return { commit, changed };

  async function differsByPinAlone(file: string): Promise<boolean> {
    try {
      return isDeepStrictEqual(withoutPin(await git('show', `HEAD:./${file}`)), withoutPin(await readFile(join(folder, file), 'utf8')));
    } catch {
      return false;
    }
  }
}

function withoutPin(text: string): unknown {
  const settings = parse(text) as { config?: Record<string, unknown> } | null;
  const { [PIN_KEY]: _pin, ...config } = settings?.config ?? {};
  return { ...settings, config };
}

/** The name of the commit as packages carry it: with `-dirty` behind it when files were changed. */
export function nameOfCommit({ commit, changed }: Checkout): string | undefined {
  return commit === undefined ? undefined : changed.length === 0 ? commit : `${commit}-dirty`;
}

import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Progress } from '../../../../scripts/progress.ts';

/** A temporary machine: a PATH with fake programs only, and a cache of its own. */
export interface Sandbox {
  readonly folder: string;
  /** The only folder on PATH. */
  readonly bin: string;
  readonly cacheDir: string;
  readonly env: Record<string, string>;
  /** Puts a shell script on PATH. */
  program(name: string, body: string): Promise<string>;
  /** Puts a Go on PATH that answers `version` and "builds" scripts; each build adds a line to the log. */
  go(options?: { version?: string; buildBody?: string }): Promise<void>;
  /** The packages that were built, in order. */
  builds(): Promise<string[]>;
  remove(): Promise<void>;
}

const answersVersion = (version: string) => `#!/bin/sh\\necho v${version}\\n`;

export async function createSandbox(): Promise<Sandbox> {
  const folder = await mkdtemp(join(tmpdir(), 'toolchain-'));
  const bin = join(folder, 'bin');
  const log = join(folder, 'builds');
  await mkdir(bin);
  const program = async (name: string, body: string) => {
    const file = join(bin, name);
    // The scripts need a few programs of the machine; the code under test must not find any there.
    await writeFile(file, `#!/bin/sh\nPATH=/usr/bin:/bin\n${body}\n`);
    await chmod(file, 0o755);
    return file;
  };
  return {
    folder,
    bin,
    cacheDir: join(folder, 'cache'),
    env: { PATH: bin, HOME: folder, MCP_TOOLCHAIN_OFFLINE: '1' },
    program,
    go: async ({ version = '1.26.8', buildBody = '' } = {}) => {
      await program('go', [
        `if [ "$1" = version ]; then echo "go version go${version} linux/amd64"; exit 0; fi`,
        'for last in "$@"; do :; done',
        `echo "$last" >> '${log}'`,
        buildBody,
        'while [ $# -gt 0 ]; do if [ "$1" = -o ]; then out=$2; fi; shift; done',
        `printf '${answersVersion('3.210.0')}' > "$out"`,
        'chmod 755 "$out"',
      ].join('\n'));
    },
    builds: async () => (existsSync(log) ? (await readFile(log, 'utf8')).trim().split('\n') : []),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** A reporter that remembers what it was told. */
export function recordProgress(): Progress & { readonly lines: string[] } {
  const lines: string[] = [];
  return {
    lines,
    note: (text) => { lines.push(text); },
    step: async (title, run) => {
      lines.push(typeof title === 'string' ? title : title.running);
      return await run((text) => { lines.push(text); });
    },
  };
}

/** Waits for a condition; fails the test when it does not come true. */
export async function waitFor(what: string, isTrue: () => boolean | Promise<boolean>, timeoutMs = 20_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error(`It did not come to this within ${timeoutMs} ms: ${what}`);
    await sleep(20);
  }
}

import { execFile } from 'node:child_process';
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const repository = join(import.meta.dirname, '../../..');

export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A copy of what `npm run tool` works on, so that it may write. */
export interface Checkout {
  readonly root: string;
  /** Runs a program in the copy. */
  readonly run: (program: string, ...args: readonly string[]) => Promise<Ran>;
  /** `npm run tool -- …`, without npm's start. */
  readonly tool: (...args: readonly string[]) => Promise<Ran>;
  readonly read: (path: string) => string;
  readonly write: (path: string, text: string) => void;
  readonly remove: (path: string) => void;
  /** Path and text of each file of the tools, their tests and their documentation. */
  readonly files: () => Record<string, string>;
}

/** @param t the test whose end removes the copy */
export function copyCheckout(t: { after: (fn: () => void) => void }): Checkout {
  const root = mkdtempSync(join(tmpdir(), 'tool-checkout-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (const path of ['app', 'scripts', 'test/app/tools', 'docs/tools.md', 'package.json', 'tsconfig.json', 'eslint.config.js']) {
    cpSync(join(repository, path), join(root, path), { recursive: true });
  }
  symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'));
  // The commands of the copy, and the other tests, reach into what was not copied.
  writeFileSync(join(root, 'tsconfig.tools.json'), JSON.stringify({ extends: './tsconfig.json', include: ['app', 'test/app/tools/lookup-order.test.ts'] }));
  const run = (program: string, ...args: readonly string[]): Promise<Ran> => new Promise((resolve) => {
    // What the runner of this test says to its own processes would reach a runner that is started here.
    const { NODE_TEST_CONTEXT: _context, ...env } = process.env;
    execFile(program, args, { cwd: root, env }, (error, stdout, stderr) => resolve({ exitCode: error ? Number(error.code) : 0, stdout, stderr }));
  });
  return {
    root,
    run,
    tool: (...args) => run(process.execPath, 'scripts/run.js', 'tool', ...args),
    read: (path) => readFileSync(join(root, path), 'utf8'),
    write: (path, text) => {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    },
    remove: (path) => rmSync(join(root, path), { recursive: true }),
    files: () => Object.fromEntries(globSync(['app/tools/**', 'test/app/tools/**', 'docs/**'], { cwd: root, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1)).sort()
      .map((path) => [path, readFileSync(join(root, path), 'utf8')])),
  };
}

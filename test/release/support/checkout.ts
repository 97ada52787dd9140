import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProcess, type LocalRun, type ProcessResult } from '../../e2e/support/localRun.ts';
import { copyProgram } from '../../e2e/support/programCopy.ts';

/** A clone of the project with a history of its own, from which releases are made. */
export interface Checkout {
  readonly folder: string;
  head(): string;
  /** Changes the package, and commits that. @returns the commit */
  commitVersion(version: string): string;
  /** Changes one file, and commits that. @returns the commit */
  commitChange(file: string, change: (text: string) => string): string;
  /** Adds the tool of `support/meeting` to the catalogue, and commits that. @returns the commit */
  commitMeetingTool(): string;
  /** Commits nothing. @returns the commit */
  commitEmpty(): string;
  git(...args: string[]): string;
  /** `npm run release -- ARGS`, as one process. */
  release(args: readonly string[]): Promise<ProcessResult>;
  /** The same, with its `--json` result, whatever the exit code. */
  releaseJson<T>(args: readonly string[]): Promise<{ readonly code: number | null; readonly result: T; readonly stderr: string }>;
  /**
   * Kills the command, and nothing that it has started, when it says something.
   * @param meanwhile done while it runs, before it is killed
   * @throws Error when it ends before
   */
  releaseKilledAt(args: readonly string[], said: RegExp, meanwhile?: () => Promise<void>): Promise<void>;
  close(): void;
}

const manifest = 'app/package.json';

export function createCheckout(run: LocalRun): Checkout {
  const folder = copyProgram(manifest, (text) => withVersion(text, '1.0.0'));
  const env = { ...process.env, MCP_LOCAL_DIR: run.root, NO_COLOR: '1' };
  const git = (...args: string[]): string => execFileSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', ...args], { cwd: folder, encoding: 'utf8' }).trim();
  const commit = (...args: string[]): string => {
    git('commit', '-q', '-m', 'A change', ...args);
    return git('rev-parse', 'HEAD');
  };
  const commitChange = (file: string, change: (text: string) => string): string => {
    const text = readFileSync(join(folder, file), 'utf8');
    const changed = change(text);
    assert.notEqual(changed, text, `${file} has what is to be changed`);
    writeFileSync(join(folder, file), changed);
    return commit('-a');
  };
  const command = (args: readonly string[]): string[] => [join(folder, 'scripts', 'run.js'), 'release', ...args];
  const release: Checkout['release'] = (args) => runProcess(process.execPath, command(args), { cwd: folder, env });
  writeFileSync(join(folder, '.gitignore'), 'node_modules\ndist\n');
  git('init', '-q');
  git('add', '-A');
  commit();
  return {
    folder,
    git,
    head: () => git('rev-parse', 'HEAD'),
    commitVersion: (version) => commitChange(manifest, (text) => withVersion(text, version)),
    commitChange,
    commitMeetingTool() {
      const tool = join(folder, 'app', 'tools', 'arrange-meeting');
      mkdirSync(tool);
      for (const file of ['tool.ts', 'run.ts']) writeFileSync(join(tool, file), readFileSync(new URL(`./meeting/${file}`, import.meta.url), 'utf8').replaceAll('../../../../app/tools/', '../'));
      git('add', '-A');
      return commitChange('app/tools/index.ts', (text) => `import { arrangeMeeting } from './arrange-meeting/tool.ts';\n${text.replace('defineCatalogue([', 'defineCatalogue([arrangeMeeting, ')}`);
    },
    commitEmpty: () => commit('--allow-empty'),
    release,
    async releaseJson<T>(args: readonly string[]) {
      const { code, stdout, stderr } = await release([...args, '--json']);
      if (stdout === '') throw new Error(`release ${args.join(' ')} ended with ${code} and without a result\n${stderr}`);
      return { code, result: JSON.parse(stdout) as T, stderr };
    },
    releaseKilledAt: (args, said, meanwhile = async () => undefined) => new Promise((resolve, reject) => {
      const child = spawn(process.execPath, command(args), { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] });
      let stderr = '';
      let isSaid = false;
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        stderr += text;
        if (isSaid || !said.test(stderr)) return;
        isSaid = true;
        meanwhile().catch(reject).finally(() => child.kill('SIGKILL'));
      });
      child.once('error', reject);
      child.once('exit', (code, signal) => (signal === 'SIGKILL' ? resolve() : reject(new Error(`release ${args.join(' ')} ended with ${code} before it said ${said.source}\n${stderr}`))));
    }),
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function withVersion(text: string, version: string): string {
  return text.replace(/"version": "[^"]+"/, `"version": "${version}"`);
}

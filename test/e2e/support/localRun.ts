import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectDir = fileURLToPath(new URL('../../../', import.meta.url)).replace(/\/$/, '');

export interface ProcessResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A local Azure in a folder of its own, driven through the commands of package.json as a person drives it. */
export interface LocalRun {
  readonly root: string;
  /** `npm run --silent NAME -- ARGS`, as one process. */
  command(args: readonly string[], env?: Record<string, string>): Promise<ProcessResult>;
  /** A command's `--json` result. @throws Error with the output when the command fails */
  json<T>(args: readonly string[], env?: Record<string, string>): Promise<T>;
  /** A program in the environment that `npm run env` prints for the stack. */
  inCloud(stack: string, program: string, args: readonly string[], options?: { cwd?: string; env?: Record<string, string> }): Promise<ProcessResult>;
  /** The variables of `npm run env`. */
  cloudEnv(stack: string): Promise<Record<string, string>>;
  close(): Promise<void>;
}

export function createLocalRun(): LocalRun {
  const root = mkdtempSync(join(tmpdir(), 'mcp-local-'));
  const base = { ...process.env, MCP_LOCAL_DIR: root, NO_COLOR: '1' };
  const run: LocalRun = {
    root,
    command: (args, env = {}) => runProcess(process.execPath, [join(projectDir, 'scripts', 'run.js'), ...args], { cwd: projectDir, env: { ...base, ...env } }),
    async json<T>(args: readonly string[], env: Record<string, string> = {}): Promise<T> {
      const { code, stdout, stderr } = await run.command([...args, '--json'], env);
      if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}\n${stdout}\n${stderr}`);
      return JSON.parse(stdout) as T;
    },
    cloudEnv: (stack) => run.json<Record<string, string>>(['env', '--stack', stack]),
    async inCloud(stack, program, args, options = {}) {
      const variables = await run.cloudEnv(stack);
      return runProcess(program, args, { cwd: options.cwd ?? projectDir, env: { ...base, ...variables, ...options.env } });
    },
    async close() {
      await run.command(['down']);
      rmSync(root, { recursive: true, force: true });
    },
  };
  return run;
}

export function runProcess(program: string, args: readonly string[], options: { cwd: string; env: NodeJS.ProcessEnv }): Promise<ProcessResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args], { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => { stdout += text; });
    child.stderr.setEncoding('utf8').on('data', (text: string) => { stderr += text; });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

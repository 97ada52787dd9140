import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { Progress } from '../../scripts/progress.ts';
import { takePairs, type Pair } from './pairs.ts';
import { runProcess } from './runProcess.ts';

const PROJECT_DIR = join(import.meta.dirname, '..', '..');
export const STACK = 'staging';
const PACK_VARIABLES = ['PULUMI_OPTION_POLICY_PACK', 'PULUMI_OPTION_POLICY_PACK_CONFIG'];

/**
 * Deploys the stack to an Azure on loopback in a folder of its own, through the commands, and previews it again and again, with the pack and without.
 * @returns the times of each pair, after one pair that warms up
 * @throws CommandError BENCH_COMMAND_FAILED
 */
export async function measurePreviews(pairs: number, progress: Progress): Promise<readonly Pair[]> {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-bench-policy-'));
  const base = { ...process.env, MCP_LOCAL_DIR: folder, NO_COLOR: '1' };
  const command = (...args: string[]) => runProcess(process.execPath, [join(PROJECT_DIR, 'scripts', 'run.js'), ...args], { cwd: PROJECT_DIR, env: base });
  try {
    await progress.step(`The stack ${STACK} is deployed`, () => command('up', '--stack', STACK, '--json'));
    const variables = z.record(z.string(), z.string()).parse(JSON.parse((await command('env', '--stack', STACK, '--json')).stdout));
    const withPack = { ...base, ...variables };
    const withoutPack = Object.fromEntries(Object.entries(withPack).filter(([name]) => !PACK_VARIABLES.includes(name)));
    const measure = async (isWithPack: boolean): Promise<number> =>
      (await runProcess('pulumi', ['preview', '--stack', STACK, '--non-interactive', '--color', 'never'], { cwd: PROJECT_DIR, env: isWithPack ? withPack : withoutPack })).wallMs;
    await progress.step('A pair of previews warms up', () => takePairs(1, measure, () => undefined));
    return await progress.step(`${pairs} pairs of previews`, (update) => takePairs(pairs, measure, update));
  } finally {
    await command('down').finally(() => rmSync(folder, { recursive: true, force: true }));
  }
}

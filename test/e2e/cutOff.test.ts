import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { createProgress } from '../../scripts/progress.ts';
import { ensurePulumi } from '../../scripts/toolchain/index.ts';
import { createLocalRun, projectDir } from './support/localRun.ts';
import { until } from './support/mcpLoad.ts';

/** Resources that stand when the engine is killed. `npm run soak` takes a place every few resources; the short form one amid the creates. */
const KILLED_AT = process.env['MCP_SOAK'] === '1' ? [1, 5, 10, 15, 20, 30, 40, 50, 60, 70, 80] : [14];

// On a new machine the engine is built first: that is not what is cut off here.
before(async () => {
  await ensurePulumi({ env: process.env, progress: createProgress({ stream: process.stderr, isTerminal: false }) });
});

interface UpResult { changed: boolean; calls: { answer: string }[] }

for (const count of KILLED_AT) {
  test(`kill -9 of up and its engine at ${count} resources: the next up completes the stack, with nothing twice and nothing left over [up.cut-off]`, async (t) => {
    const run = createLocalRun();
    t.after(() => run.close());
    await killedUp(run.root, count);

    const result = await run.json<UpResult>(['up']);
    assert.equal(result.calls.length, 3);
    const { resources } = await run.json<{ resources: Record<string, number> }>(['status']);
    for (const type of ['Microsoft.Web/serverfarms', 'Microsoft.Web/sites', 'Microsoft.Web/sites/slots', 'Microsoft.KeyVault/vaults', 'Microsoft.KeyVault/vaults/secrets', 'Microsoft.ManagedIdentity/userAssignedIdentities', 'Microsoft.OperationalInsights/workspaces', 'Microsoft.Insights/components']) {
      assert.equal(resources[type], 1, type);
    }
    for (const [type, held] of [['Microsoft.Resources/resourceGroups', 2], ['Microsoft.Storage/storageAccounts', 2], ['Microsoft.Authorization/roleAssignments', 7], ['Microsoft.Authorization/roleDefinitions', 2], ['Microsoft.KeyVault/vaults/keys', 2], ['Microsoft.Storage/storageAccounts/blobServices/containers', 5], ['Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies', 2]] as const) {
      assert.equal(resources[type], held, type);
    }
    assert.equal((await run.json<UpResult>(['up'])).changed, false);
    await until('what the killed engine had started is gone too', async () => engineProcesses(run.root).length === 0);
  });
}

/** Starts an up in a process group of its own, and kills the whole group, the engine with it, when the local ARM holds enough resources. */
async function killedUp(root: string, count: number): Promise<void> {
  const child = spawn(process.execPath, [join(projectDir, 'scripts', 'run.js'), 'up'], {
    cwd: projectDir, detached: true, stdio: 'ignore', env: { ...process.env, MCP_LOCAL_DIR: root },
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const file = join(root, 'azure', 'data', 'resources.json');
  const standing = (): number => (existsSync(file) ? (readFileSync(file, 'utf8').match(/"type": "Microsoft\./g)?.length ?? 0) : 0);
  const deadline = Date.now() + 240_000;
  while (standing() < count) {
    if (Date.now() > deadline) throw new Error(`The update did not get to ${count} resources.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  process.kill(-(child.pid as number), 'SIGKILL');
  await ended;
  await until('the engine is gone', async () => !engineProcesses(root).some(({ args }) => args.includes('/pulumi\0up\0')));
}

/** An engine that works on this local run, and what it started: their environment names the folder. */
function engineProcesses(root: string): { pid: number; args: string }[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((name) => {
    try {
      if (!readFileSync(`/proc/${name}/environ`, 'utf8').includes(`PULUMI_HOME=${root}`)) return [];
      return [{ pid: Number(name), args: readFileSync(`/proc/${name}/cmdline`, 'utf8') }];
    } catch {
      return []; // ended meanwhile
    }
  });
}

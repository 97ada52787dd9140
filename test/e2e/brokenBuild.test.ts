import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createLocalRun, projectDir, runProcess } from './support/localRun.ts';
import { copyProgram } from './support/programCopy.ts';

interface Up { changed: boolean; instances: { id: string }[] }
interface Status { sites: { slot?: string; status: string; packageDigest: string; instances: { pid: number }[] }[] }

test('a build that crashes at start: up names the slot and the reason, production goes on untouched, and the next good build mends it [up.broken-build]', async (t) => {
  const run = createLocalRun();
  const copy = copyProgram('app/app.ts', (text) => `throw new Error('broken build');\n${text}`);
  t.after(async () => {
    await run.close();
    rmSync(copy, { recursive: true });
  });
  await run.json<Up>(['up']);
  const production = async () => (await run.json<Status>(['status'])).sites.find(({ slot }) => slot === undefined);
  const before = await production();

  const broken = await runProcess(process.execPath, [join(copy, 'scripts', 'run.js'), 'up'], { cwd: copy, env: { ...process.env, MCP_LOCAL_DIR: run.root } });
  assert.equal(broken.code, 1);
  assert.match(broken.stderr, /^SITE_NOT_SERVING: [\s\S]*\/staging: .*its processes end again and again \(The process ended with exit code 1 before it answered \/health\.\)\. What ran before goes on\. The logs .*staging$/m);
  assert.deepEqual(await production(), before, 'the same package in the same processes');

  const mended = await run.json<Up>(['up']);
  assert.equal(mended.changed, true);
  const { sites } = await run.json<Status>(['status']);
  assert.deepEqual(sites.map(({ status }) => status), ['Serving', 'Serving']);
  assert.equal(new Set(sites.map(({ packageDigest }) => packageDigest)).size, 1);
  assert.ok(!copy.startsWith(projectDir));
});

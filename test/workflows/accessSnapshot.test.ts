import assert from 'node:assert/strict';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { z } from 'zod';
import { createProgress } from '../../scripts/progress.ts';
import { ensureActionlint } from '../../scripts/toolchain/index.ts';
import { runProgram } from '../../scripts/toolchain/runProgram.ts';

const root = join(import.meta.dirname, '../..');
const FILE = '.github/workflows/access-snapshot.yml';
const text = readFileSync(join(root, FILE), 'utf8');

const stepSchema = z.strictObject({ uses: z.string().optional(), run: z.string().optional(), with: z.record(z.string(), z.unknown()).optional(), env: z.record(z.string(), z.string()).optional() });
const jobSchema = z.looseObject({ permissions: z.record(z.string(), z.string()), environment: z.string(), 'timeout-minutes': z.number(), concurrency: z.object({ group: z.string(), 'cancel-in-progress': z.boolean() }), steps: z.array(stepSchema) });
const workflowSchema = z.looseObject({ on: z.strictObject({ schedule: z.array(z.object({ cron: z.string() })), workflow_dispatch: z.null() }), permissions: z.strictObject({}), jobs: z.strictObject({ snapshot: jobSchema }) });

describe('the workflows', () => {
  it('pass actionlint [audit.snapshot-workflow]', async () => {
    const { file } = await ensureActionlint({ env: process.env, progress: createProgress({ stream: { write: () => true }, isTerminal: false }) });
    const files = globSync('.github/workflows/*.yml', { cwd: root });
    assert.ok(files.includes(FILE));
    // What else there is on PATH would make the result another one on another machine.
    const check = (input: string[]) => runProgram(file, ['-shellcheck=', '-pyflakes=', '-no-color', ...input], { env: process.env, cwd: root, timeoutMs: 60_000 });
    const { exitCode, stdout, errorTail } = await check(files);
    assert.deepEqual([exitCode, stdout], [0, ''], errorTail.join('\n'));
    const broken = join(mkdtempSync(join(tmpdir(), 'workflow-')), 'broken.yml');
    writeFileSync(broken, text.replace('id-token: write', 'id-token: all'));
    const refused = await check([broken]);
    rmSync(dirname(broken), { recursive: true });
    assert.deepEqual([refused.exitCode, /"all" is invalid as permission of scope "id-token"/.test(refused.stdout)], [1, true], refused.stdout);
  });

  it('the one of the snapshots: each hour and by hand, one after the other, with the least permissions, without stored credentials, with actions that cannot change', () => {
    const { on, jobs: { snapshot } } = workflowSchema.parse(parse(text));
    assert.match(on.schedule.map(({ cron }) => cron).join(), /^\d{1,2} \* \* \* \*$/);
    assert.deepEqual(snapshot.permissions, { contents: 'read', 'id-token': 'write' });
    assert.deepEqual([snapshot.concurrency['cancel-in-progress'], snapshot['timeout-minutes'] <= 15], [false, true]);
    assert.equal(/secrets\./.test(text), false);
    for (const { uses } of snapshot.steps) if (uses !== undefined) assert.match(uses, /^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
    // Every action names its version beside its commit.
    assert.equal(text.match(/uses: /g)?.length, text.match(/uses: \S+@[0-9a-f]{40} # v\d+\.\d+\.\d+\n/g)?.length);
  });

  it('the one of the snapshots runs the command of package.json, with values by environment alone', () => {
    const { jobs: { snapshot: { steps } } } = workflowSchema.parse(parse(text));
    const { run, env } = steps.at(-1) ?? {};
    assert.equal(run, 'npm run --silent audit -- snapshot --application "$ENTRA_CLIENT_ID" --blob-url "$STATE_BLOB_URL" --key-url "$AUDIT_SIGNING_KEY_URL"');
    assert.deepEqual(Object.keys(env ?? {}), ['ENTRA_CLIENT_ID', 'STATE_BLOB_URL', 'AUDIT_SIGNING_KEY_URL']);
    for (const step of steps) assert.ok(!(step.run ?? '').includes('${{'), 'an expression in a script could be code');
  });
});

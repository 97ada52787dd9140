import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { z } from 'zod';
import { runProgram } from '../../scripts/toolchain/runProgram.ts';

const root = join(import.meta.dirname, '../..');
const text = readFileSync(join(root, '.github/workflows/release.yml'), 'utf8');

const stepSchema = z.strictObject({ if: z.string().optional(), uses: z.string().optional(), run: z.string().optional(), with: z.record(z.string(), z.unknown()).optional() });
const jobSchema = z.strictObject({
  if: z.string(), needs: z.string().optional(), 'runs-on': z.string(), 'timeout-minutes': z.number(), environment: z.string().optional(), permissions: z.record(z.string(), z.string()),
  concurrency: z.strictObject({ group: z.string(), 'cancel-in-progress': z.boolean() }).optional(), env: z.record(z.string(), z.string()).optional(), steps: z.array(stepSchema),
});
const workflowSchema = z.strictObject({ name: z.string(), on: z.strictObject({ pull_request: z.null(), push: z.object({ branches: z.tuple([z.literal('main')]) }), workflow_dispatch: z.null() }), permissions: z.strictObject({}), jobs: z.strictObject({ policy: jobSchema, preview: jobSchema, staging: jobSchema, prod: jobSchema }) });
const { jobs } = workflowSchema.parse(parse(text));
const commandsOf = ({ steps }: z.output<typeof jobSchema>): string[] => steps.flatMap(({ run }) => (run === undefined ? [] : [run]));

describe('the workflow of the releases', () => {
  it('is the same commands that people run: a report for a pull request, a candidate and its promotion for main, the same package for prod [release.workflow]', () => {
    assert.deepEqual(commandsOf(jobs.policy).filter((run) => run.startsWith('npm run')), ['npm run --silent policy -- report --of preview --out policy-report']);
    assert.deepEqual(commandsOf(jobs.preview).slice(1), ['npm run --silent release -- deploy --stack staging --azure --dry-run', 'npm run --silent release -- status --stack staging --azure']);
    assert.deepEqual(commandsOf(jobs.staging).slice(1, 3), ['npm run --silent release -- deploy --stack staging --azure', 'npm run --silent release -- promote --stack staging --azure']);
    assert.deepEqual(commandsOf(jobs.prod).slice(1, 2), ['npm run --silent release -- promote --from staging --to prod --azure']);
    assert.deepEqual([jobs.prod.needs, jobs.staging.environment, jobs.prod.environment, jobs.preview.environment], ['staging', 'staging', 'prod', 'preview']);
  });

  it('gives commands that the program takes: without engine and git they end at that, and not at their arguments', async () => {
    const lines = Object.values(jobs).flatMap(commandsOf).filter((run) => run.includes('release --'));
    assert.equal(lines.length, 7);
    for (const line of lines) {
      const args = line.replace(/^npm run --silent /, '').replace(/ >> .*$/, '').split(' ').filter((word) => word !== '--');
      // No pulumi and no git on PATH, and no cloud in the environment.
      const { exitCode, errorTail } = await runProgram(process.execPath, [join(root, 'scripts/main.ts'), ...args], { env: { PATH: dirname(process.execPath), HOME: process.env['HOME'] }, cwd: root, timeoutMs: 60_000 });
      assert.ok((exitCode === 1 || exitCode === 3) && /^(?:PULUMI_NOT_FOUND|RELEASE_GATE):/m.test(errorTail.join('\n')), `${line}\n${errorTail.join('\n')}`);
    }
  });

  it('holds no credentials, has the fewest rights, and runs actions that cannot change', () => {
    assert.equal(/secrets\./.test(text), false);
    assert.deepEqual(jobs.policy.permissions, { contents: 'read', 'security-events': 'write' });
    assert.equal(jobs.policy.steps.some(({ uses = '' }) => uses.startsWith('azure/login')), false, 'pull requests of forks run it');
    for (const job of [jobs.preview, jobs.staging, jobs.prod]) {
      assert.deepEqual(job.permissions, { contents: 'read', 'id-token': 'write' });
      assert.match(job.if, /vars\.RELEASES == 'on'/);
      const login = job.steps.findIndex(({ uses = '' }) => uses.startsWith('azure/login'));
      assert.ok(login > job.steps.findIndex(({ run }) => run === 'npm ci'), 'scripts of packages find no login');
    }
    assert.match(jobs.preview.if, /head\.repo\.full_name == github\.repository/);
    assert.equal(text.match(/uses: /g)?.length, text.match(/uses: \S+@[0-9a-f]{40} # v\d+\.\d+\.\d+\n/g)?.length);
    for (const { steps } of Object.values(jobs)) for (const { run = '' } of steps) assert.ok(!run.includes('${{'), 'an expression in a script could be code');
  });

  it('never cuts a release off, and reports also when a rule has failed', () => {
    for (const { concurrency } of [jobs.staging, jobs.prod]) assert.equal(concurrency?.['cancel-in-progress'], false);
    assert.notEqual(jobs.staging.concurrency?.group, jobs.prod.concurrency?.group);
    const afterReport = jobs.policy.steps.slice(jobs.policy.steps.findIndex(({ run }) => run?.includes('policy -- report')) + 1);
    assert.equal(afterReport.length, 3);
    for (const step of afterReport) assert.match(step.if ?? '', /!cancelled\(\)/);
  });
});

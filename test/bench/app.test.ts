import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { z } from 'zod';

const root = join(import.meta.dirname, '..', '..');
const run = promisify(execFile);

const cost = z.strictObject({ cpuSecondsPer1000Calls: z.number().positive(), callsPerSecond: z.number().positive() });
const costs = z.strictObject({ 'tools/call 2026-07-28': cost, 'tools/list 2026-07-28': cost, 'tools/call 2025-11-25': cost, 'tools/list 2025-11-25': cost });
const target = z.strictObject({ kind: z.enum(['at least', 'less than']), value: z.number() });
const resultSchema = z.strictObject({
  setting: z.strictObject({
    date: z.iso.date(), cpuModel: z.string().min(1), cores: z.int().min(1), memoryGib: z.number(), nodeVersion: z.string().regex(/^\d+\.\d+\.\d+$/), packages: z.record(z.string(), z.string().regex(/^\d/)),
  }),
  pinned: z.boolean(),
  calls: z.literal(200),
  connections: z.literal(32),
  servers: z.strictObject({ fastify: costs, protocol: costs }),
  skipped: z.strictObject({}),
  figures: z.array(z.strictObject({ name: z.string(), value: z.number(), unit: z.string(), target: target.optional(), reached: z.boolean().optional() })),
  telemetry: z.strictObject({}),
});

test('a small run of two servers prints its result as JSON, with ratios that are finite and positive, and leaves nothing behind', { skip: process.platform === 'linux' ? false : 'CPU time is read from /proc' }, async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'bench-test-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const document = await readFile(join(root, 'docs', 'benchmarks.md'), 'utf8');

  const { stdout, stderr } = await run(process.execPath, ['bench/run.js', 'app', '--calls', '200', '--only', 'fastify,protocol', '--json'], { cwd: root, env: { ...process.env, TMPDIR: folder } });

  const result = resultSchema.parse(JSON.parse(stdout));
  const ratios = result.figures.filter(({ unit }) => unit === '×');
  assert.equal(ratios.length, 4);
  for (const { name, value } of ratios) assert.ok(Number.isFinite(value) && value > 0, `${name} is ${value}`);
  assert.ok(result.figures.every((figure) => (figure.target === undefined) === (figure.reached === undefined)));
  assert.match(stderr, /✓ CPU time, 2 servers in turn \(\d/);
  assert.equal(await readFile(join(root, 'docs', 'benchmarks.md'), 'utf8'), document, 'a run that is not complete leaves the document alone');
  assert.deepEqual(await readdir(folder), []);
});

test('a small run of what verification and the record add tells it for each of them, every call recorded', { skip: process.platform === 'linux' ? false : 'CPU time is read from /proc' }, async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'bench-test-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const { stdout } = await run(process.execPath, ['bench/run.js', 'auth', 'audit', '--calls', '100', '--json'], { cwd: root, env: { ...process.env, TMPDIR: folder } });
  const result = z.looseObject({ servers: z.record(z.string(), costs), figures: resultSchema.shape.figures }).parse(JSON.parse(stdout));
  assert.deepEqual(Object.keys(result.servers), ['protocol', 'authenticated', 'unrecorded', 'all-on', 'durable']);
  assert.deepEqual([...new Set(result.figures.map(({ name, target: wanted }) => `${name.split(':')[0]} ${wanted?.kind} ${wanted?.value}`))],
    ['Verification of a known access token less than 5', 'Record of a call, buffered less than 25', 'Record of a call, durable less than 40']);
});

test('a wrong call ends with exit code 2 and says what is allowed', async () => {
  await assert.rejects(run(process.execPath, ['bench/run.js', 'app', '--only', 'express'], { cwd: root }), { code: 2, stderr: /BAD_ARGUMENT: --only names "express"\. Allowed: fastify, protocol/ });
});

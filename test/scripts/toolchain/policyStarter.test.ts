import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';

const starter = join(import.meta.dirname, '../../../scripts/toolchain/pulumi-analyzer-policy');

describe('pulumi-analyzer-policy', () => {
  let folder: string;
  beforeEach(async () => { folder = await realpath(await mkdtemp(join(tmpdir(), 'policy starter '))); });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** Puts a runner of packs under a folder that says which one it is and how it was called. */
  const installRunner = async (root: string) => {
    const module = join(root, 'node_modules/@pulumi/pulumi/cmd/run-policy-pack');
    await mkdir(module, { recursive: true });
    await writeFile(join(module, 'index.js'), 'console.log(JSON.stringify({ from: __dirname, cwd: process.cwd(), argv: process.argv.slice(2) }))');
    return module;
  };
  /** Starts it as the engine does: in the pack's folder. */
  const start = (pack: string, args: readonly string[]) =>
    new Promise<{ code: number | string | null | undefined; stdout: string; stderr: string }>((resolve) => {
      const env = { ...process.env, NODE_PATH: '', HOME: folder, PATH: `${dirname(process.execPath)}${delimiter}/usr/bin${delimiter}/bin` };
      execFile('/bin/sh', [starter, ...args], { cwd: pack, env }, (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stdout, stderr }));
    });

  it('runs the runner of the pack\'s own folder, with the engine\'s arguments', async () => {
    const pack = join(folder, 'pack');
    const module = await installRunner(pack);
    await installRunner(folder);
    await writeFile(join(pack, 'package.json'), '{"type":"module"}');
    const { code, stdout } = await start(pack, ['127.0.0.1:4711', '.', '-typescript=false', 'with space']);
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(stdout), { from: module, cwd: pack, argv: ['127.0.0.1:4711', '.', '-typescript=false', 'with space'] });
  });

  it('finds the runner in a folder above the pack', async () => {
    const pack = join(folder, 'rooms', 'policy');
    await mkdir(pack, { recursive: true });
    const module = await installRunner(folder);
    const { stdout } = await start(pack, ['127.0.0.1:4711', '.']);
    assert.equal((JSON.parse(stdout) as { from: string }).from, module);
  });

  it('says in Node\'s words, which the engine knows, that dependencies are not installed', async () => {
    // The root has no folder above it in which somebody may have installed the runner.
    const { code, stdout, stderr } = await start('/', ['127.0.0.1:4711', '.']);
    assert.equal(code, 1);
    assert.equal(stdout, '');
    assert.match(stderr, /^Cannot find module '@pulumi\/pulumi\/cmd\/run-policy-pack'/);
  });
});

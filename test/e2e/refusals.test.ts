import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { createLocalRun, projectDir, runProcess, type LocalRun } from './support/localRun.ts';

function localRun(t: TestContext): LocalRun {
  const run = createLocalRun();
  t.after(() => run.close());
  return run;
}

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'refusals-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('a command called wrongly ends with 2 and says what is allowed [refuse.arguments]', async (t) => {
  const run = localRun(t);
  for (const [args, message] of [
    [['up', '--stack', 'qa'], /^BAD_STACK: There is no stack "qa"\. Stacks: staging, prod/m],
    [['up', '--fast'], /^BAD_ARGUMENT: .*--fast.*Allowed: --stack VALUE, --json/m],
    [['token', '--as', 'root'], /^BAD_ARGUMENT: --as was given "root"\. Allowed: user, app, agent/m],
    [['deploy'], /^UNKNOWN_COMMAND: There is no command "deploy"\. Commands: up, down/m],
  ] as const) {
    const { code, stderr, stdout } = await run.command(args);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, message);
    assert.doesNotMatch(stderr, /^\s+at /m, 'no stack trace');
  }
});

test('commands that need the local Azure say how to start it when it does not run [refuse.not-running]', async (t) => {
  const run = localRun(t);
  for (const command of ['env', 'token']) {
    const { code, stderr } = await run.command([command]);
    assert.equal(code, 1);
    assert.match(stderr, /^LOCAL_AZURE_NOT_RUNNING: .*npm run up/m);
  }
  const down = await run.command(['down']);
  assert.deepEqual([down.code, down.stdout], [0, 'It was not running.\n']);
});

test('without Go and without a Pulumi CLI, up says what was tried and what to install, and starts nothing [refuse.no-toolchain]', async (t) => {
  const run = localRun(t);
  const bin = temporaryFolder(t);
  symlinkSync(process.execPath, join(bin, 'node'));
  const { code, stderr } = await run.command(['up'], { PATH: bin, XDG_CACHE_HOME: temporaryFolder(t), MCP_TOOLCHAIN_OFFLINE: '1' });
  assert.equal(code, 1);
  assert.match(stderr, /^TOOLCHAIN_NO_GO: /m);
  assert.match(stderr, /on PATH[\s\S]*earlier build[\s\S]*Go 1\.25/);
  assert.equal((await run.command(['status'])).code, 1);
});

test('a taken port stops the start with the port, the service that needs it, and what to do; nothing is lost [refuse.port]', async (t) => {
  const run = localRun(t);
  const squatter = createServer();
  await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve));
  t.after(() => squatter.close());
  const { port } = squatter.address() as { port: number };
  const data = join(run.root, 'azure', 'data');
  mkdirSync(data, { recursive: true });
  const ports = JSON.stringify({ version: 1, documents: { entra: port } });
  writeFileSync(join(data, 'ports.json'), ports);
  // A pulumi that is never reached: the toolchain is not what this test is about.
  const { code, stderr } = await run.command(['up'], fakePulumi(t));
  assert.equal(code, 1);
  assert.match(stderr, new RegExp(`^LOCAL_PORT_IN_USE: Port ${port} on 127\\.0\\.0\\.1 is taken.*"entra".*Stop that program`, 'm'));
  assert.equal(readFileSync(join(data, 'ports.json'), 'utf8'), ports);
});

test('an older Node is told so, without a stack trace [refuse.node]', { skip: !olderNode() && 'this machine has no other Node' }, async () => {
  const { code, stderr } = await runProcess(olderNode() as string, [join(projectDir, 'scripts', 'run.js'), 'status'], { cwd: projectDir, env: process.env });
  assert.equal(code, 1);
  assert.match(stderr, /^NODE_TOO_OLD: this is Node \d+\.\d+\.\d+; Node 24 or later is needed/);
  assert.doesNotMatch(stderr, /^\s+at /m);
});

function fakePulumi(t: TestContext): Record<string, string> {
  const bin = temporaryFolder(t);
  for (const [name, text] of [['pulumi', 'echo v3.210.0'], ['pulumi-language-nodejs', 'true']] as const) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  return { PATH: `${bin}:${dirname(process.execPath)}:/usr/bin:/bin` };
}

/** A Node of the machine that is too old, where there is one. */
function olderNode(): string | undefined {
  return ['/usr/bin/node', '/usr/local/bin/node'].find((path) => {
    const { status, stdout } = spawnSync(path, ['-v'], { encoding: 'utf8' });
    return status === 0 && Number.parseInt(stdout.slice(1), 10) < 24;
  });
}

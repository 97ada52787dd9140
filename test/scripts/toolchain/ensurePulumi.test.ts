import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { ensureActionlint, ensureK6, ensurePulumi, toolchainCacheFolder, toolchainPath, ToolchainError } from '../../../scripts/toolchain/index.ts';
import { createSandbox, recordProgress, waitFor, type Sandbox } from './support/sandbox.ts';

const PROGRAMS = ['pulumi', 'pulumi-analyzer-policy', 'pulumi-language-nodejs'];
const ENGINE = 'github.com/pulumi/pulumi/pkg/v3/cmd/pulumi';
const HOST = 'github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs';

describe('ensurePulumi', () => {
  let sandbox: Sandbox;
  beforeEach(async () => { sandbox = await createSandbox(); });
  afterEach(() => sandbox.remove());

  const ensure = (progress = recordProgress()) => ensurePulumi({ env: sandbox.env, cacheDir: sandbox.cacheDir, progress });
  const failure = async (): Promise<ToolchainError> => {
    const error: unknown = await ensure().then(() => assert.fail('it should have failed'), (thrown: unknown) => thrown);
    assert.ok(error instanceof ToolchainError, String(error));
    return error;
  };
  const leftovers = async () => (await readdir(sandbox.cacheDir)).filter((name) => name.includes('unfinished') || name.endsWith('.lock'));
  const vendorCli = async (version: string) => {
    await sandbox.program('pulumi-language-nodejs', 'exit 0');
    return await sandbox.program('pulumi', `echo v${version}`);
  };

  it('takes the CLI on PATH and leaves PATH and cache alone', async () => {
    const pulumi = await vendorCli('3.245.0');
    assert.deepEqual(await ensure(), { binDir: undefined, pulumi, version: '3.245.0', source: 'path' });
    assert.equal(existsSync(sandbox.cacheDir), false);
  });

  it('finds the language host beside the file that a link on PATH leads to', async () => {
    const cellar = join(sandbox.folder, 'cellar');
    await mkdir(cellar);
    for (const name of ['pulumi', 'pulumi-language-nodejs']) {
      await writeFile(join(cellar, name), '#!/bin/sh\necho v3.245.0\n');
      await chmod(join(cellar, name), 0o755);
    }
    await symlink(join(cellar, 'pulumi'), join(sandbox.bin, 'pulumi'));
    assert.equal((await ensure()).source, 'path');
  });

  it('passes over a CLI on PATH that is too old, and says so', async () => {
    await vendorCli('3.207.9');
    await sandbox.go();
    const progress = recordProgress();
    assert.equal((await ensure(progress)).source, 'build');
    assert.match(progress.lines[0] ?? '', /bin\/pulumi is 3\.207\.9, and 3\.208\.0 or later is needed/);
  });

  it('passes over a CLI on PATH without a language host', async () => {
    await sandbox.program('pulumi', 'echo v3.245.0');
    await sandbox.go();
    const progress = recordProgress();
    assert.equal((await ensure(progress)).source, 'build');
    assert.match(progress.lines[0] ?? '', /has no pulumi-language-nodejs beside it or on PATH/);
  });

  it('builds engine, language host and policy starter, and finds them in the cache afterwards [toolchain.build]', async () => {
    await sandbox.go();
    const built = await ensure();
    assert.equal(built.source, 'build');
    assert.equal(built.version, '3.210.0');
    assert.deepEqual(await sandbox.builds(), [ENGINE, HOST]);
    assert.deepEqual((await readdir(built.binDir ?? '')).sort(), PROGRAMS);
    assert.deepEqual(await leftovers(), []);

    await rm(join(sandbox.bin, 'go'));
    assert.deepEqual(await ensure(), { ...built, source: 'cache' });
    // A shell with the toolchain on PATH still gets its folder, to put it first.
    const inside = await ensurePulumi({ env: { ...sandbox.env, PATH: built.binDir ?? '' }, cacheDir: sandbox.cacheDir, progress: recordProgress() });
    assert.deepEqual(inside, { ...built, source: 'cache' });
  });

  it('gives Go no flags, workspace or target of the user\'s', async () => {
    const seen = join(sandbox.folder, 'seen');
    await sandbox.go({ buildBody: `echo "$GOFLAGS|$GOWORK|$GOOS|$GOTOOLCHAIN|$CGO_ENABLED|$GOPROXY" > '${seen}'` });
    Object.assign(sandbox.env, { GOFLAGS: '-mod=vendor', GOWORK: '/elsewhere/go.work', GOOS: 'plan9', GOPROXY: 'https://proxy.example.com' });
    await ensure();
    assert.equal(await readFile(seen, 'utf8'), '-mod=readonly -buildvcs=false|off||local|0|https://proxy.example.com\n');
  });

  it('lists every way and what to install when there is neither CLI nor Go', async () => {
    const error = await failure();
    assert.equal(error.code, 'TOOLCHAIN_NO_GO');
    assert.deepEqual(error.attempts, [
      { way: '"pulumi" on PATH', outcome: 'there is none' },
      { way: `earlier build in ${sandbox.cacheDir}`, outcome: 'there is none' },
      { way: 'download from the vendor', outcome: 'left out, because MCP_TOOLCHAIN_OFFLINE is 1' },
      { way: 'build with Go', outcome: 'there is no "go" on PATH' },
    ]);
    assert.match(error.message, /1\. "pulumi" on PATH: there is none\n {2}2\. earlier build/);
    assert.match(error.message, /Install the Pulumi CLI, 3\.208\.0 or later .*install Go 1\.25 or later/);
    assert.equal(error.exitCode, 1);
  });

  it('refuses a Go that is too old before it builds anything', async () => {
    await sandbox.go({ version: '1.24.13' });
    const error = await failure();
    assert.equal(error.code, 'TOOLCHAIN_GO_TOO_OLD');
    assert.match(error.message, /bin\/go is Go 1\.24\.13, and 1\.25 or later is needed/);
    assert.deepEqual(await sandbox.builds(), []);
  });

  it('shows the end of what Go said when the build fails, and leaves nothing behind', async () => {
    await sandbox.go({ buildBody: 'i=0; while [ $i -lt 300 ]; do i=$((i+1)); echo "line number $i" >&2; echo "github.com/example/package$i" >&2; done; exit 1' });
    const error = await failure();
    assert.equal(error.code, 'TOOLCHAIN_BUILD_FAILED');
    const shown = error.message.split('\n').filter((line) => line.includes('line number')).map((line) => line.trim());
    assert.deepEqual(shown, Array.from({ length: 20 }, (_, index) => `line number ${281 + index}`));
    assert.doesNotMatch(error.message, /example\/package/);
    assert.deepEqual(await leftovers(), []);
  });

  it('says so when the cache cannot be written', async () => {
    await sandbox.go();
    await writeFile(sandbox.cacheDir, 'a file where the folder should be');
    const error = await failure();
    assert.equal(error.code, 'TOOLCHAIN_CACHE_UNUSABLE');
    assert.match(error.message, /cannot be written \(E[A-Z]+ at mkdir\)[^]*set XDG_CACHE_HOME/);
  });

  it('builds an entry anew that has lost a program', async () => {
    await sandbox.go();
    const { binDir = '' } = await ensure();
    await rm(join(binDir, 'pulumi-language-nodejs'));
    assert.equal((await ensure()).source, 'build');
    assert.deepEqual((await readdir(binDir)).sort(), PROGRAMS);
  });

  it('builds once when two ask at once', async () => {
    const gate = join(sandbox.folder, 'gate');
    await sandbox.go({ buildBody: `while [ ! -e '${gate}' ]; do sleep 0.05; done` });
    const [one, two] = [recordProgress(), recordProgress()];
    const both = Promise.all([ensure(one), ensure(two)]);
    await waitFor('the second waits for the first', () => [...one.lines, ...two.lines].some((line) => line === `process ${process.pid} is building it: waiting`));
    await writeFile(gate, '');
    const [first, second] = await both;
    assert.deepEqual(first, second);
    assert.deepEqual(await sandbox.builds(), [ENGINE, HOST]);
    assert.deepEqual(await leftovers(), []);
  });

  it('begins again after a build that was killed', { timeout: 40_000 }, async () => {
    const gate = join(sandbox.folder, 'gate');
    const pidFile = join(sandbox.folder, 'go-pid');
    await sandbox.go({ buildBody: `echo $$ > '${pidFile}.new'; mv '${pidFile}.new' '${pidFile}'; while [ ! -e '${gate}' ]; do sleep 0.05; done` });
    const script = `import { ensurePulumi } from ${JSON.stringify(join(import.meta.dirname, '../../../scripts/toolchain/index.ts'))};
      await ensurePulumi({ env: ${JSON.stringify(sandbox.env)}, cacheDir: ${JSON.stringify(sandbox.cacheDir)}, progress: { note() {}, step: (_title, run) => run(() => {}) } });`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' });
    const ended = once(child, 'exit');
    await waitFor('the build has begun', () => existsSync(pidFile));
    child.kill('SIGKILL');
    await ended;
    assert.equal((await leftovers()).length, 2, 'a lock and an unfinished folder are left');
    // What the killed process had started ends by itself, and must not spoil the next build.
    const orphan = Number(await readFile(pidFile, 'utf8'));
    await writeFile(gate, '');
    await waitFor('the orphan has ended', () => { try { return !process.kill(orphan, 0); } catch { return true; } });

    assert.equal((await ensure()).source, 'build');
    assert.deepEqual(await leftovers(), []);
  });

  it('ends what Go has started when the command is stopped', async () => {
    const pidFile = join(sandbox.folder, 'go-pid');
    await sandbox.go({ buildBody: `echo $$ > '${pidFile}.new'; mv '${pidFile}.new' '${pidFile}'; while :; do sleep 0.05; done` });
    const script = `import { ensurePulumi } from ${JSON.stringify(join(import.meta.dirname, '../../../scripts/toolchain/index.ts'))};
      await ensurePulumi({ env: ${JSON.stringify(sandbox.env)}, cacheDir: ${JSON.stringify(sandbox.cacheDir)}, progress: { note() {}, step: (_title, run) => run(() => {}) } });`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' });
    const ended = once(child, 'exit');
    await waitFor('the build has begun', () => existsSync(pidFile));
    child.kill('SIGTERM');
    assert.deepEqual(await ended, [null, 'SIGTERM']);
    const go = Number(await readFile(pidFile, 'utf8'));
    await waitFor('Go has ended', () => { try { return !process.kill(go, 0); } catch { return true; } });
  });

  it('takes over a lock of another machine that nobody touches any more', { timeout: 40_000 }, async () => {
    await sandbox.go();
    const { binDir = '' } = await ensure();
    const lock = `${dirname(binDir)}.lock`;
    await rm(dirname(binDir), { recursive: true });
    await writeFile(lock, JSON.stringify({ token: 'other', pid: 1, host: `not-${hostname()}` }));
    const longAgo = new Date(Date.now() - 10 * 60_000);
    await utimes(lock, longAgo, longAgo);
    assert.equal((await ensure()).source, 'build');
  });
});

describe('ensureK6', () => {
  it('takes k6 on PATH, else builds it [toolchain.k6]', async () => {
    const sandbox = await createSandbox();
    try {
      const ensure = () => ensureK6({ env: sandbox.env, cacheDir: sandbox.cacheDir, progress: recordProgress() });
      const old = await sandbox.program('k6', 'echo "k6 v0.49.0 (go1.21, linux/amd64)"');
      await assert.rejects(ensure(), { code: 'TOOLCHAIN_NO_GO', message: /k6 is 0\.49\.0, and 1\.0\.0 or later is needed/ });
      await sandbox.go();
      const built = await ensure();
      assert.equal(built.source, 'build');
      assert.deepEqual(await sandbox.builds(), ['go.k6.io/k6']);
      await writeFile(old, '#!/bin/sh\necho "k6 v1.8.1 (go1.26, linux/amd64)"\n');
      assert.deepEqual(await ensure(), { binDir: undefined, k6: old, version: '1.8.1', source: 'path' });
    } finally {
      await sandbox.remove();
    }
  });
});

describe('ensureActionlint', () => {
  it('asks a program for its version in the program\'s own way', async () => {
    const sandbox = await createSandbox();
    try {
      const file = await sandbox.program('actionlint', 'if [ "$1" = -version ]; then echo v1.7.12; exit 0; fi\necho "could not read $1" >&2; exit 3');
      assert.deepEqual(await ensureActionlint({ env: sandbox.env, cacheDir: sandbox.cacheDir, progress: recordProgress() }), { binDir: undefined, file, version: '1.7.12', source: 'path' });
    } finally {
      await sandbox.remove();
    }
  });
});

describe('toolchainPath', () => {
  const project = join(import.meta.dirname, '../../../node_modules/.bin');

  it('puts the toolchain first, then the project\'s programs, and names no folder twice', () => {
    assert.equal(toolchainPath({ PATH: `/usr/bin:/tools:${project}:/bin` }, { binDir: '/tools' }), `/tools:${project}:/usr/bin:/bin`);
  });
  it('adds no folder for a program that is on PATH already', () => {
    assert.equal(toolchainPath({ PATH: '/usr/bin' }, { binDir: undefined }), `${project}:/usr/bin`);
  });
});

describe('toolchainCacheFolder', () => {
  it('follows XDG_CACHE_HOME when it is absolute, else ~/.cache', () => {
    assert.equal(toolchainCacheFolder({ XDG_CACHE_HOME: '/var/cache/me', HOME: '/home/me' }), '/var/cache/me/mcp-app-service/toolchain');
    assert.equal(toolchainCacheFolder({ XDG_CACHE_HOME: 'relative', HOME: '/home/me' }), '/home/me/.cache/mcp-app-service/toolchain');
    assert.equal(toolchainCacheFolder({ HOME: '/home/me' }), '/home/me/.cache/mcp-app-service/toolchain');
  });
});

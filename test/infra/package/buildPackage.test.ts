import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';
import { buildPackage, PackageBuildError, type BuiltPackage } from '../../../infra/package/buildPackage.ts';

const ROOT = join(import.meta.dirname, '../../..');
const BUILDER = join(ROOT, 'infra/package/buildPackage.ts');

describe('buildPackage', () => {
  let folder: string;
  let built: BuiltPackage;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'build-'));
    built = await buildPackage({ appDir: join(ROOT, 'app'), outDir: join(folder, 'out') });
  });
  after(() => rm(folder, { recursive: true }));

  /** A copy of the app elsewhere, with the same dependencies. */
  async function copyApp(path: string): Promise<string> {
    await mkdir(join(folder, path), { recursive: true });
    await cp(join(ROOT, 'app'), join(folder, path, 'app'), { recursive: true });
    await symlink(join(ROOT, 'node_modules'), join(folder, path, 'node_modules'));
    return join(folder, path, 'app');
  }

  it('names the zip by the digest of its bytes', async () => {
    const bytes = await readFile(built.zipPath);
    assert.equal(createHash('sha256').update(bytes).digest('hex'), built.digest);
    assert.equal(built.zipPath, join(folder, 'out', `${built.digest}.zip`));
    assert.equal(built.bytes, bytes.length);
    assert.match(built.version, /^\d+\.\d+\.\d+$/);
    assert.ok(bytes.length < 5 * 1024 * 1024);
  });

  it('holds an entry, a manifest and nothing of this machine', async () => {
    const entries = unzipSync(await readFile(built.zipPath));
    const names = Object.keys(entries);
    assert.deepEqual(names, [...names].sort());
    assert.deepEqual(JSON.parse(Buffer.from(entries['package.json'] ?? []).toString()), { name: 'mcp-server', version: built.version, private: true, type: 'module', main: 'server.mjs' });
    assert.ok('server.mjs' in entries);
    for (const [name, bytes] of Object.entries(entries)) assert.ok(!Buffer.from(bytes).includes(ROOT), `${name} names ${ROOT}`);
  });

  it('gives the same bytes from another path, time zone, umask and moment [package.deterministic]', async () => {
    const appDir = await copyApp('some where/else');
    const program = `process.umask(0o077); const { buildPackage } = await import(process.argv[1]); console.log((await buildPackage({ appDir: process.argv[2], outDir: process.argv[3] })).digest);`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program, BUILDER, appDir, join(folder, 'other')], {
      env: { ...process.env, TZ: 'Pacific/Kiritimati' }, cwd: folder,
    });
    assert.equal(stdout.trim(), built.digest);
    assert.deepEqual(await readFile(join(folder, 'other', `${built.digest}.zip`)), await readFile(built.zipPath));
  });

  it('gives other bytes for another source', async () => {
    const appDir = await copyApp('changed');
    await writeFile(join(appDir, 'limits.ts'), (await readFile(join(appDir, 'limits.ts'), 'utf8')).replace('1_048_576', '1_048_577'));
    assert.notEqual((await buildPackage({ appDir, outDir: join(folder, 'changed/out') })).digest, built.digest);
  });

  it('may run twice at once', async () => {
    const outDir = join(folder, 'twice');
    const build = (): Promise<BuiltPackage> => buildPackage({ appDir: join(ROOT, 'app'), outDir });
    const [first, second] = await Promise.all([build(), build()]);
    assert.deepEqual(first, second);
    assert.deepEqual(await readdir(outDir), [`${built.digest}.zip`]);
  });

  it('says what is wrong with an app that it cannot build', async () => {
    const appDir = join(folder, 'broken');
    await mkdir(appDir);
    const outDir = join(folder, 'broken-out');
    await assert.rejects(buildPackage({ appDir, outDir }), (error) => error instanceof PackageBuildError && error.code === 'PACKAGE_BUILD_FAILED' && error.message.includes('package.json'));
    await writeFile(join(appDir, 'package.json'), '{"name":"x","version":"one"}');
    await assert.rejects(buildPackage({ appDir, outDir }), /version such as 1\.2\.3/);
    await writeFile(join(appDir, 'package.json'), '{"name":"x","version":"1.0.0"}');
    await writeFile(join(appDir, 'server.ts'), 'import "./absent.ts";');
    await assert.rejects(buildPackage({ appDir, outDir }), /absent\.ts/);
    await assert.rejects(readdir(outDir), { code: 'ENOENT' });
  });
});

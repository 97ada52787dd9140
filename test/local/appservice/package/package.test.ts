import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { strToU8, zipSync } from 'fflate';
import { createPackageCache, safeSegments } from '../../../../local/appservice/package/unpack.ts';
import { call, createServingWorld, createWorld, eventually, makeZip, STORAGE_TOKEN, type World } from '../world.ts';

async function withPackage(setting: (world: World) => Record<string, string>, act: (world: World) => Promise<void>): Promise<void> {
  const world = await createWorld();
  try {
    await world.putPlan(1);
    await world.putSite();
    await world.putSettings(setting(world));
    await act(world);
  } finally {
    await world.close();
  }
}

const siteOf = (world: World): ReturnType<World['service']['describe']>[number] | undefined => world.service.describe()[0];

it('fetches the package with the token of the identity named for it, and tells its digest', () =>
  withPackage(
    (world) => {
      world.blobs.set('/private/app.zip', makeZip());
      return { WEBSITE_RUN_FROM_PACKAGE: world.blobUrl('/private/app.zip'), WEBSITE_RUN_FROM_PACKAGE_BLOB_MI_RESOURCE_ID: world.identityId };
    },
    async (world) => {
      const { packageDigest } = await world.service.waitUntilServing(world.siteId, 10_000);
      assert.equal(packageDigest, createHash('sha256').update(makeZip()).digest('hex'));
      assert.deepEqual(world.blobRequests, [{ path: '/private/app.zip', authorization: `Bearer ${STORAGE_TOKEN}`, version: '2024-11-04' }]);
      const root = join(world.stateDir, 'packages', packageDigest);
      assert.equal((await call(world, '/env')).json()['cwd'], root);
      assert.equal(statSync(join(root, 'server.mjs')).mode & 0o222, 0, 'a package is read-only');
    },
  ));

it('says why there is no package, answers 503 meanwhile, and tries again', () =>
  withPackage(
    (world) => ({ WEBSITE_RUN_FROM_PACKAGE: world.blobUrl('/packages/late.zip') }),
    async (world) => {
      await eventually(() => siteOf(world)?.message, (message) => /There is no package at .*late\.zip/.test(message ?? ''));
      assert.equal(siteOf(world)?.status, 'Failed');
      assert.equal((await call(world, '/')).status, 503);
      world.blobs.set('/packages/late.zip', makeZip());
      await world.service.waitUntilServing(world.siteId, 10_000);
      assert.equal(siteOf(world)?.message, undefined);
      assert.equal((await call(world, '/')).status, 200);
    },
  ));

it('names the role when the package may not be read, and never quotes a signature in the URL', () =>
  withPackage(
    (world) => ({ WEBSITE_RUN_FROM_PACKAGE: `${world.blobUrl('/private/app.zip')}?sig=very-secret-signature` }),
    async (world) => {
      const message = await eventually(() => siteOf(world)?.message, (seen) => seen !== undefined);
      assert.match(message ?? '', /Storage Blob Data Reader/);
      assert.doesNotMatch(JSON.stringify([world.service.describe(), world.logLines]), /very-secret-signature/);
    },
  ));

it('refuses by name a local package, an identity that the site does not have, and what is no zip', async () => {
  const cases: [(world: World) => Record<string, string>, RegExp][] = [
    [() => ({ WEBSITE_RUN_FROM_PACKAGE: '1' }), /https URL of a blob here; "1"/],
    [(world) => ({ WEBSITE_RUN_FROM_PACKAGE: world.blobUrl('/packages/app.zip'), WEBSITE_RUN_FROM_PACKAGE_BLOB_MI_RESOURCE_ID: `${world.identityId}-other` }), /not assigned to the site/],
    [(world) => {
      world.blobs.set('/packages/text.zip', strToU8('no zip at all, but long enough to be looked at as one'));
      return { WEBSITE_RUN_FROM_PACKAGE: world.blobUrl('/packages/text.zip') };
    }, /not a zip that can be read/],
  ];
  for (const [setting, expected] of cases) {
    await withPackage(setting, async (world) => {
      await eventually(() => siteOf(world)?.message ?? '', (message) => expected.test(message));
    });
  }
});

it('refuses an entry that points out of the package', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'packages-'));
  try {
    const file = join(folder, 'evil.zip');
    writeFileSync(file, zipSync({ 'fine.txt': strToU8('x'), '../outside.txt': strToU8('x') }));
    await assert.rejects(createPackageCache(join(folder, 'cache')).unpack({ file, digest: 'd'.repeat(64) }), { code: 'PackageInvalid', message: /outside\.txt/ });
    assert.equal(existsSync(join(folder, 'outside.txt')), false);
    assert.deepEqual(readdirSync(join(folder, 'cache')), [], 'nothing half unpacked is left');
    for (const name of ['/etc/passwd', 'a/../../b', 'C:\\x', '..']) assert.throws(() => safeSegments(name), { code: 'PackageInvalid' }, name);
    assert.deepEqual(safeSegments('a/./b\\c.txt'), ['a', 'b', 'c.txt']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('unpacks once a digest, and removes what no site uses any more when it starts again', async () => {
  const world = await createServingWorld(1);
  const second = await (async (): Promise<string> => {
    world.blobs.set('/packages/two.zip', zipSync({ 'server.mjs': strToU8("import { createServer } from 'node:http'; createServer((_, response) => response.end('two')).listen(Number(process.env.PORT), '127.0.0.1');") }));
    const first = siteOf(world)?.packageDigest ?? '';
    const at = statSync(join(world.stateDir, 'packages', first)).ctimeMs;
    await world.act(world.siteId, 'restart');
    await world.service.waitUntilServing(world.siteId, 10_000);
    assert.equal(statSync(join(world.stateDir, 'packages', first)).ctimeMs, at);
    await world.putSettings({ WEBSITE_RUN_FROM_PACKAGE: world.blobUrl('/packages/two.zip') });
    const { packageDigest } = await world.service.waitUntilServing(world.siteId, 10_000);
    assert.equal((await call(world, '/')).text, 'two');
    assert.deepEqual(readdirSync(join(world.stateDir, 'packages')).sort(), [first, packageDigest].sort());
    return packageDigest ?? '';
  })();
  assert.match(readFileSync(join(world.stateDir, 'packages', second, 'server.mjs'), 'utf8'), /two/);
  const again = await world.restart();
  try {
    // The address of the package is gone with the blob server of before: nothing is in use.
    await again.service.resume();
    assert.deepEqual(readdirSync(join(again.stateDir, 'packages')), []);
  } finally {
    await again.close();
  }
});

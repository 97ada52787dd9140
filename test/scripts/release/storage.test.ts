import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { createStorage, type Storage } from '../../../local/storage/index.ts';
import { journalBlob, openJournal, type Journal } from '../../../scripts/release/journal.ts';
import { lockBlob, lockHolder, takeLock, type Holder } from '../../../scripts/release/lease/leaseLock.ts';
import { hasEnded, ownIdentity } from '../../../scripts/release/lease/processIdentity.ts';
import { logBlob, openReleaseLog } from '../../../scripts/release/log/releaseLog.ts';
import { makeStateDir, startCloud, type Cloud } from '../../local/keyvault/cloud.ts';

const VERSION = '2024-01-01';
const by = { oid: 'ada', azp: 'cli' };
const holder = (release: string, process = ownIdentity()): Holder => ({ release, verb: 'promote', by, process, since: '2026-01-01T00:00:00.000Z' });
const journal = (release: string): Journal => ({ format: 1, release, verb: 'promote', by, host: 'runner', since: '2026-01-01T00:00:00.000Z', step: 'swap', stepSince: '2026-01-01T00:00:00.000Z', direction: 'forward', before: {} });

describe('what a release keeps in storage', () => {
  let cloud: Cloud<Storage>;
  let stateDir: Awaited<ReturnType<typeof makeStateDir>>;
  let container: ContainerClient;

  before(async () => {
    stateDir = await makeStateDir();
    cloud = await startCloud(stateDir.path, createStorage);
    const account = `${cloud.group}/providers/Microsoft.Storage/storageAccounts/packages`;
    await cloud.arm('PUT', account, VERSION, { location: 'westeurope', kind: 'StorageV2', sku: { name: 'Standard_LRS' }, properties: {} });
    await cloud.arm('PUT', `${account}/blobServices/default/containers/releases`, VERSION, { properties: {} });
    const { principalId, credential } = await cloud.identity('id-operator');
    await cloud.assign(principalId, 'Storage Blob Data Contributor', `${account}/blobServices/default/containers/releases`);
    container = new BlobServiceClient(`${cloud.service.endpoint}/packages`, credential, { retryOptions: { maxTries: 1 } }).getContainerClient('releases');
  });
  after(async () => {
    await cloud.close();
    await stateDir.remove();
  });

  it('a log goes on in another blob when one is full, whoever writes [release.log-rolls]', async () => {
    const [one, two] = [openReleaseLog(container, 'full', () => new Date(), 3), openReleaseLog(container, 'full', () => new Date(), 3)];
    for (let index = 0; index < 4; index += 1) for (const log of [one, two]) await log.append(`r${index}`, { event: 'step', step: 'swap', state: 'begun' });
    assert.deepEqual((await openReleaseLog(container, 'full').read()).map(({ release }) => release), ['r0', 'r0', 'r1', 'r1', 'r2', 'r2', 'r3', 'r3']);
    const blocks = async (index: number) => (await container.getBlobClient(logBlob('full', index)).getProperties()).blobCommittedBlockCount;
    // Two that write at once may each fill a place that the other one counted on: the limit of Azure itself stands above this one.
    assert.deepEqual([(await blocks(0) ?? 0) >= 3, (await blocks(1) ?? 0) >= 2], [true, true]);
  });

  it('a log is read without lines that were sent twice, cut off, or are of a later version', async () => {
    const log = openReleaseLog(container, 'odd');
    assert.deepEqual(await log.read(), []);
    await log.append('r1', { event: 'step', step: 'swap', state: 'done' });
    const blob = container.getAppendBlobClient(logBlob('odd', 0));
    const text = (await blob.downloadToBuffer()).toString();
    for (const line of [text, '{"format":2,"event":"later"}\n', '{"form', '\n']) await blob.appendBlock(line, line.length);
    await log.append('r2', { event: 'step', step: 'swap', state: 'done' });
    assert.deepEqual((await log.read()).map(({ release }) => release), ['r1', 'r2']);
  });

  it('a lock keeps a second release out, says who holds it, and is free after it was given back [release.one-at-a-time]', async () => {
    const held = await takeLock(container, 'busy', holder('first'));
    await assert.rejects(takeLock(container, 'busy', holder('second')), (error: Error & { code: string; exitCode: number }) => {
      assert.deepEqual([error.code, error.exitCode], ['RELEASE_LOCKED', 4]);
      assert.match(error.message, /^Another release holds the lock of stack "busy": promote first of ada on .+ \(process \d+\), since 2026-01-01T00:00:00\.000Z\./);
      return true;
    });
    assert.equal((await lockHolder(container, 'busy'))?.release, 'first');
    await held.requireHeld();
    await held.release();
    assert.equal(await lockHolder(container, 'busy'), undefined);
    await (await takeLock(container, 'busy', holder('third'))).release();
  });

  it('the lock of a process that was killed is taken over at once, that of one which may run elsewhere is not [release.lock-takeover]', async () => {
    const child = spawn(process.execPath, ['-e', `import('${new URL('../../../scripts/release/lease/processIdentity.ts', import.meta.url).href}').then(({ ownIdentity }) => { console.log(JSON.stringify(ownIdentity())); setInterval(() => {}, 1000); })`], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(child.stdout, 'data') as [Buffer];
    const identity = JSON.parse(line.toString()) as ReturnType<typeof ownIdentity>;
    assert.equal(hasEnded(identity), false);
    const lost = await takeLock(container, 'killed', holder('killed', identity));
    await assert.rejects(takeLock(container, 'killed', holder('waits')), { code: 'RELEASE_LOCKED' });
    child.kill('SIGKILL');
    await once(child, 'close');
    assert.equal(hasEnded(identity), true);
    assert.equal(await lockHolder(container, 'killed'), undefined);
    const taken = await takeLock(container, 'killed', holder('next'));
    await assert.rejects(lost.requireHeld(), { code: 'RELEASE_LOCK_LOST' });
    await lost.release();
    await taken.requireHeld();
    await taken.release();

    const elsewhere = await takeLock(container, 'elsewhere', holder('far', { ...identity, host: 'another' }));
    await assert.rejects(takeLock(container, 'elsewhere', holder('near')), { code: 'RELEASE_LOCKED' });
    await elsewhere.release();
  });

  it('a journal is written by one release: who was overtaken stops', async () => {
    const [first, second] = [openJournal(container, 'told'), openJournal(container, 'told')];
    assert.equal(await first.read(), undefined);
    await first.write(journal('first'));
    await first.write({ ...journal('first'), step: 'refresh' });
    assert.equal((await second.read())?.step, 'refresh');
    await second.write(journal('second'));
    await assert.rejects(first.write(journal('first')), { code: 'RELEASE_LOCK_LOST' });
    await assert.rejects(first.clear(), { code: 'RELEASE_LOCK_LOST' });
    await second.clear();
    assert.equal(await openJournal(container, 'told').read(), undefined);
    await assert.rejects(openJournal(container, 'new').read().then(async () => { await container.getBlockBlobClient(journalBlob('new')).upload('{', 1); return openJournal(container, 'new').read(); }), { code: 'RELEASE_JOURNAL_UNREADABLE' });
  });

  it('the lock of a stack that was never released says nothing', async () => {
    assert.equal(await lockHolder(container, 'never'), undefined);
    assert.equal(lockBlob('staging'), 'staging/lock');
  });
});

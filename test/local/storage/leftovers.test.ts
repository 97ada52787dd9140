import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { z } from 'zod';
import { openDocumentStore } from '../../../local/core/documents.ts';
import { identify, isRunning } from '../../../local/core/processIdentity.ts';
import { createStorage } from '../../../local/storage/index.ts';
import { makeStateDir, startCloud } from '../keyvault/cloud.ts';

describe('Azurite processes that a killed daemon left', () => {
  let stateDir: Awaited<ReturnType<typeof makeStateDir>>;
  const children: ChildProcess[] = [];
  beforeEach(async () => {
    stateDir = await makeStateDir();
  });
  afterEach(async () => {
    for (const child of children.splice(0)) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await stateDir.remove();
  });

  it('end, saving what they hold, and the next daemon goes on with it', async () => {
    const daemon = spawn(process.execPath, [join(import.meta.dirname, 'daemon.ts'), stateDir.path], { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(daemon);
    const [line] = (await once(createInterface(daemon.stdout), 'line')) as [string];
    const { azuritePid, accountId } = z.object({ azuritePid: z.number(), accountId: z.string() }).parse(JSON.parse(line));
    const azurite = identify(azuritePid);
    assert.ok(azurite, 'azurite runs');
    daemon.kill('SIGKILL');
    await once(daemon, 'exit');

    const cloud = await startCloud(stateDir.path, createStorage);
    try {
      assert.equal(isRunning(azurite), false, 'the old Azurite still runs beside the new one');
      const blob = await cloud.service.headBlob({ accountId, container: 'data', blob: 'self' });
      assert.ok(blob, 'the blob that was uploaded just before the kill is gone');
      assert.notEqual(cloud.service.azuritePid, azuritePid);
    } finally {
      await cloud.close();
    }
  });

  it('are killed when they do not end, and only when they are the recorded process', async () => {
    const stubborn = (): ChildProcess => {
      const child = spawn(process.execPath, ['-e', "process.on('SIGTERM', () => {}); console.log('up'); setInterval(() => {}, 1000)"], { stdio: ['ignore', 'pipe', 'inherit'] });
      children.push(child);
      return child;
    };
    const recorded = stubborn();
    const other = stubborn();
    for (const child of [recorded, other]) await once(child.stdout as NodeJS.ReadableStream, 'data');
    const identity = identify(recorded.pid ?? 0);
    const record = (value: unknown): void => openDocumentStore(join(stateDir.path, 'data')).collection('storage-azurite', z.unknown()).put('blob', value);

    record({ pid: other.pid, startedAt: 'another time' });
    await (await startCloud(stateDir.path, createStorage)).close();
    assert.equal(other.signalCode, null, 'a process that is not the recorded one was killed');

    record(identity);
    await (await startCloud(stateDir.path, createStorage)).close();
    if (recorded.signalCode === null) await once(recorded, 'exit');
    assert.equal(recorded.signalCode, 'SIGKILL');
  });
});

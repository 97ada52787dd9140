import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { BlobTail } from '../../../app/audit/blobTail.ts';
import { takeLeftSpools } from '../../../app/audit/spool.ts';
import { StreamWriter, type Kept, type StreamWriterOptions } from '../../../app/audit/streamWriter.ts';
import { chainProblems } from './support/chainProblems.ts';
import { MemoryStore } from './support/memoryStore.ts';

const LIMITS = { auditGiveUpMs: 60, auditRetryMs: 5, auditBufferedMs: 20 };
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'audit-'));
});
after(() => rm(folder, { recursive: true }));

let streams = 0;
function createWriter(store: MemoryStore, more: Partial<StreamWriterOptions> = {}): StreamWriter {
  const stream = `stream-${(streams += 1)}`;
  return new StreamWriter({
    store, stream, blobOf: (segment) => `calls/${stream}/${String(segment).padStart(4, '0')}.jsonl`, opening: `"kind":"stream","stream":"${stream}"`,
    mode: 'durable', spoolFolder: join(folder, stream), now: Date.now, log: { warn: () => undefined, info: () => undefined }, ...more, limits: { ...LIMITS, ...more.limits },
  });
}
const record = (number: number): string => `"kind":"call","number":${number}`;
const numbersOf = (store: MemoryStore): unknown[] => store.lines().filter(({ kind }) => kind === 'call').map(({ number }) => number);
async function until(condition: () => boolean): Promise<void> {
  for (let turns = 0; !condition(); turns += 1) {
    assert.ok(turns < 2_000, 'the condition never came true');
    await delay(2);
  }
}

describe('a stream of records', () => {
  it('is a chain of lines in one blob, stored when the promise says so [audit.chain]', async () => {
    const store = new MemoryStore();
    const writer = createWriter(store);
    for (let number = 0; number < 10; number += 1) {
      assert.equal(await writer.write(record(number)), 'stored');
      assert.equal(numbersOf(store).at(-1), number);
    }
    await writer.close();
    assert.deepEqual(numbersOf(store), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert.deepEqual(chainProblems(store), []);
    assert.equal(store.lines().at(-1)?.['kind'], 'end');
    assert.equal(writer.stored?.seq, 11);
  });

  it('stores what comes together in one block', async () => {
    const store = new MemoryStore();
    const writer = createWriter(store);
    await Promise.all(Array.from({ length: 500 }, (_, number) => writer.write(record(number))));
    assert.ok(store.appends <= 3, `${store.appends} blocks`);
    assert.deepEqual(chainProblems(store), []);
    await writer.close();
  });

  it('waits for more in mode buffered, and stores without being asked', async () => {
    const store = new MemoryStore();
    const writer = createWriter(store, { mode: 'buffered' });
    for (let number = 0; number < 5; number += 1) void writer.write(record(number));
    assert.deepEqual(numbersOf(store), []);
    await until(() => numbersOf(store).length === 5);
    await writer.close();
    assert.deepEqual(chainProblems(store), []);
  });

  it('goes on in another blob before the first is full', async () => {
    const store = new MemoryStore();
    const writer = createWriter(store, { limits: { auditBlocksPerSegment: 3 } });
    for (let number = 0; number < 10; number += 1) await writer.write(record(number));
    await writer.close();
    assert.ok(store.blobs.size >= 3, `${store.blobs.size} blobs`);
    assert.deepEqual(numbersOf(store), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert.deepEqual(chainProblems(store), []);
    for (const [name, text] of store.blobs) if (!name.endsWith('0000.jsonl')) assert.match(text, /^\{"seq":\d+,"prev":"[0-9a-f]{64}","at":"[^"]+","kind":"segment","segment":\d+\}\n/);
  });

  it('is neither doubled nor torn by answers that get lost [audit.once]', async () => {
    const store = new MemoryStore();
    const writer = createWriter(store);
    for (let number = 0; number < 6; number += 1) {
      store.failures.push(number % 2 === 0 ? 'after' : 'before');
      assert.equal(await writer.write(record(number)), 'stored');
    }
    await writer.close();
    assert.deepEqual(numbersOf(store), [0, 1, 2, 3, 4, 5]);
    assert.deepEqual(chainProblems(store), []);
  });

  it('waits on disk while storage does not answer, and then is stored in its order [audit.spool]', async () => {
    const store = new MemoryStore();
    const writer = createWriter(store);
    assert.equal(await writer.write(record(0)), 'stored');
    store.isDown = true;
    for (let number = 1; number < 5; number += 1) assert.equal(await writer.write(record(number)), 'spooled');
    assert.equal(writer.isReachable, false);
    assert.ok(writer.spooledBytes > 0);
    store.isDown = false;
    await until(() => writer.isReachable);
    assert.equal(await writer.write(record(5)), 'stored');
    await writer.close();
    assert.deepEqual(numbersOf(store), [0, 1, 2, 3, 4, 5]);
    assert.deepEqual(chainProblems(store), []);
    assert.equal(writer.spooledBytes, 0);
  });

  it('counts what there is no room for, and says so in the record [audit.lost]', async () => {
    const store = new MemoryStore();
    store.isDown = true;
    const writer = createWriter(store, { limits: { auditHeldBytes: 2_000 } });
    const kept: Kept[] = [];
    for (let number = 0; number < 40; number += 1) kept.push(await writer.write(record(number)));
    assert.ok(kept.includes('spooled') && kept.includes('lost'), kept.join(' '));
    assert.equal(writer.lost, kept.filter((where) => where === 'lost').length);
    store.isDown = false;
    await until(() => writer.isReachable);
    await writer.write(record(40));
    await writer.close();
    assert.deepEqual(chainProblems(store), []);
    const lines = store.lines();
    assert.equal(lines.find(({ kind }) => kind === 'lost')?.['count'], writer.lost);
    assert.equal(numbersOf(store).length, 41 - writer.lost);
  });

  it('is stored by the next process when its own has ended without storage [audit.left]', async () => {
    const store = new MemoryStore();
    const writer = createWriter(store);
    assert.equal(await writer.write(record(0)), 'stored');
    store.failures.push('after-and-down');
    // The block lands, and its process does not know.
    assert.equal(await writer.write(record(1)), 'spooled');
    assert.deepEqual(numbersOf(store), [0, 1]);
    assert.equal(await writer.write(record(2)), 'spooled');
    await writer.close();
    const spoolFolder = join(folder, `stream-${streams}`);
    const [file = ''] = await readdir(spoolFolder);
    await writeFile(join(spoolFolder, file), `${await readFile(join(spoolFolder, file), 'utf8')}{"blob":"calls/cut o`);
    store.isDown = false;
    const [left, ...others] = await takeLeftSpools(spoolFolder, () => false);
    assert.deepEqual(others, []);
    assert.ok(left);
    const tail = new BlobTail(store, left.header.blob, left.header.position, true);
    for (const { text } of left.blocks) await tail.append(Buffer.from(text));
    assert.deepEqual(numbersOf(store), [0, 1, 2]);
    assert.deepEqual(chainProblems(store), []);
  });

  it('leaves the spool of a running process alone', async () => {
    const own = join(folder, 'own');
    const writer = createWriter(Object.assign(new MemoryStore(), { isDown: true }), { spoolFolder: own, stream: 'mine' });
    await writer.write(record(0));
    assert.deepEqual(await takeLeftSpools(own, (stream) => stream === 'mine'), []);
    await writer.close();
  });

  it('holds whatever fails, and whenever: stored once, in order, chained [audit.chain]', async () => {
    await fc.assert(fc.asyncProperty(
      fc.array(fc.oneof(fc.constant('record' as const), fc.constantFrom('before' as const, 'after' as const), fc.constantFrom('down' as const, 'up' as const)), { maxLength: 60 }),
      fc.constantFrom('durable' as const, 'buffered' as const),
      async (steps, mode) => {
        const store = new MemoryStore();
        const writer = createWriter(store, { mode, limits: { auditGiveUpMs: 0, auditRetryMs: 1, auditBufferedMs: 1, auditBlocksPerSegment: 4, auditBlockBytes: 300 } });
        let number = 0;
        const kept: Promise<Kept>[] = [];
        for (const step of steps) {
          if (step === 'record') kept.push(writer.write(record(number++)));
          else if (step === 'down' || step === 'up') store.isDown = step === 'down';
          else store.failures.push(step);
          await new Promise((resolve) => setImmediate(resolve));
        }
        store.isDown = false;
        store.failures.length = 0;
        assert.ok(!(await Promise.all(kept)).includes('lost'));
        await until(() => writer.isReachable);
        await writer.close();
        assert.deepEqual(numbersOf(store), Array.from({ length: number }, (_, index) => index));
        assert.deepEqual(chainProblems(store), []);
      },
    ), { numRuns: 60, seed: 20_260_728 });
  });
});

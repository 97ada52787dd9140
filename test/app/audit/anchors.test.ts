import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Anchors } from '../../../app/audit/anchors.ts';
import type { Head } from '../../../app/audit/chain.ts';
import { nameStream } from '../../../app/audit/streamNames.ts';
import { MemoryStore } from './support/memoryStore.ts';

test('heads go on in another blob before one is full', async () => {
  const store = new MemoryStore();
  const names = nameStream(new Date('2026-11-24T10:00:00Z'), 'production', 'instance-a');
  let stored: Head = { segment: 0, seq: 0, digest: 'a'.repeat(64) };
  const anchors = new Anchors({ store, names, sign: async () => ({ key: 'key', signature: 'signature' }), now: Date.now, log: { warn: () => assert.fail('nothing fails') }, intervalMs: 60_000, headsPerBlob: 2 }, () => stored, () => stored);
  for (let seq = 1; seq <= 5; seq += 1) {
    stored = { ...stored, seq };
    await anchors.anchor();
    // The same head again is none.
    await anchors.anchor();
  }
  await anchors.close();
  const seqsOf = (text = ''): number[] => text.trimEnd().split('\n').map((line) => (JSON.parse(line) as { seq: number }).seq);
  assert.deepEqual([...store.blobs].filter(([name]) => name.startsWith('heads/')).map(([name, text]) => [name.replace(names.stream, 'stream'), seqsOf(text)]), [
    ['heads/2026/11/24/stream.jsonl', [1, 2]], ['heads/2026/11/24/stream.0001.jsonl', [3, 4]], ['heads/2026/11/24/stream.0002.jsonl', [5]],
  ]);
});

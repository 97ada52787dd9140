import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { bytesOf, headsName, MemoryRecord, readBack, rememberingKeys, segmentName } from './support/memoryRecord.ts';
import { plan } from './support/tampering.ts';
import { callLine, STREAM, writeStream, type WrittenStream } from './support/writeStream.ts';

type Step = (record: MemoryRecord) => void;

/** What a process does to storage, one request a step, in the order in which the server does it: records, then the line of the manifest, then a head. */
function stepsOf({ stream, day, segments, heads = [], manifest }: WrittenStream): Step[] {
  const create = (name: string): Step => (record) => record.add(name, Buffer.alloc(0));
  const append = (name: string, line: string): Step => (record) => record.add(name, bytesOf([line]));
  const left = [...heads];
  let seq = 0;
  let isInManifest = false;
  return segments.flatMap((lines, segment) => [create(segmentName(stream, segment)), ...lines.flatMap((line) => {
    const steps = [append(segmentName(stream, segment), line)];
    const head = left[0] !== undefined && (JSON.parse(left[0]) as { seq: number }).seq === seq ? left.shift() : undefined;
    seq += 1;
    if (head === undefined) return steps;
    if (!isInManifest) steps.push(create(`anchors/manifest/${day}.jsonl`), append(`anchors/manifest/${day}.jsonl`, manifest[0] ?? ''), create(headsName(stream)));
    isInManifest = true;
    return [...steps, append(headsName(stream), head)];
  })]);
}

/** Reads while the steps are done: before each request that many of them. */
async function readWhile(record: MemoryRecord, steps: Step[], counts: readonly number[]): Promise<{ requests: number }> {
  const storedBefore = [...record.blobs].filter(([name]) => name.startsWith('audit/')).map(([, bytes]) => bytes.toString().split('\n').length - 1).reduce((sum, count) => sum + count, 0);
  let requests = 0;
  record.before = () => steps.splice(0, counts[requests++] ?? 0).forEach((step) => step(record));
  const { report, believed } = await readBack(record, undefined, keys);
  assert.deepEqual([report.findings, report.notBelieved], [[], []], `after ${requests} requests`);
  assert.ok(believed.length >= storedBefore, 'what was stored before is read');
  return { requests };
}

const keys = rememberingKeys();
const growing = stepsOf(writeStream({ records: Array.from({ length: 5 }, (_, number) => callLine(`call-${number}`)), anchoredAfter: [1, 3, 6], segmentAfter: [2] }));
const beginning = stepsOf(writeStream({ stream: STREAM.replace('0a1b2c3d', 'ffffffff'), records: [callLine('other'), { kind: 'end' }], anchoredAfter: [0, 2], segmentAfter: [1] }));

describe('reading while processes write', () => {
  it('finds nothing, wherever a burst of writing falls: every number of steps before, at every request [audit.races]', async () => {
    for (const [all, bursts] of [[growing, growing.map((_, index) => index + 1)], [[...growing, ...beginning], [1, 3, Infinity]]] as const) {
      for (let before = 0; before < all.length; before += 1) {
        for (const burst of bursts) {
          for (let at = 0, requests = 1; at < requests; at += 1) {
            const record = new MemoryRecord();
            all.slice(0, before).forEach((step) => step(record));
            ({ requests } = await readWhile(record, all.slice(before, before + burst), [...Array<number>(at).fill(0), burst]));
          }
        }
      }
    }
  });

  it('finds nothing when several processes write all the time [audit.races]', async () => {
    await fc.assert(fc.asyncProperty(plan, fc.nat(40), fc.array(fc.nat(4), { maxLength: 40 }), fc.array(fc.nat(), { maxLength: 100 }), async ({ streams }, before, counts, turns) => {
      const queues = streams.map((stream) => stepsOf(writeStream(stream)));
      const steps: Step[] = [];
      for (let turn = 0; queues.some((queue) => queue.length > 0); turn += 1) steps.push(...(queues[(turns[turn] ?? turn) % queues.length] ?? []).splice(0, 1));
      const record = new MemoryRecord();
      steps.splice(0, before).forEach((step) => step(record));
      await readWhile(record, steps, counts);
    }), { numRuns: process.env['MCP_SOAK'] === '1' ? 20_000 : 300, seed: 20_260_728 });
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { MemoryRecord, readBack } from './support/memoryRecord.ts';
import { draw, lastAnchored, plan, tamperings } from './support/tampering.ts';
import { writeStream } from './support/writeStream.ts';

const SEED = 20_260_728;
/** Long form: MCP_SOAK=1. */
const RUNS = process.env['MCP_SOAK'] === '1' ? 2_000 : 120;

describe('a generated record', () => {
  it('is found to be as it was written when it is, and is believed in full [audit.verify]', async () => {
    await fc.assert(fc.asyncProperty(plan, async ({ streams }) => {
      const written = streams.map((stream) => writeStream(stream));
      const { report, believed } = await readBack(MemoryRecord.of(...written));
      assert.deepEqual([report.findings, report.notBelieved], [[], []]);
      for (const stream of written) {
        const last = lastAnchored(stream) ?? -1;
        assert.deepEqual(believed.filter((one) => one.stream === stream.stream).map(({ record, anchored }) => [record, anchored]), stream.segments.flat().map((line, seq) => [JSON.parse(line) as object, seq <= last]));
      }
    }), { numRuns: RUNS, seed: SEED });
  });

  for (const [what, tamper] of Object.entries(tamperings)) {
    it(`gives away ${what}: the first bad record is named, and nothing that was tampered with is believed [audit.tamper]`, async () => {
      let done = 0;
      await fc.assert(fc.asyncProperty(plan, draw, async ({ streams, victim: index }, drawn) => {
        const written = streams.map((stream) => writeStream(stream));
        const victim = written[index] ?? assert.fail();
        const record = MemoryRecord.of(...written);
        const tampered = tamper(record, victim, drawn);
        if (!tampered) return;
        done += 1;
        const { report: { findings }, believed } = await readBack(record);
        assert.ok(findings.length > 0, 'it is found');
        const { firstBad, isNamed } = tampered;
        const named = findings.find(({ stream, seq }) => stream === victim.stream && seq !== undefined)?.seq;
        if (firstBad !== undefined && isNamed) assert.equal(named, firstBad, JSON.stringify(findings));
        if (firstBad !== undefined && named !== undefined) assert.ok(named >= firstBad, `${named} is named, and was not touched`);
        const lines = victim.segments.flat();
        for (const { stream, record: believedRecord, anchored } of believed) {
          if (stream !== victim.stream) continue;
          assert.deepEqual(believedRecord, JSON.parse(lines[believedRecord.seq] ?? 'null'));
          if (findings.some((finding) => finding.stream === stream)) assert.ok(anchored, 'in a stream with a finding only what is proven is believed');
          if (firstBad !== undefined) assert.ok(believedRecord.seq < firstBad);
        }
        // Whoever tampers with one stream does not make the others disappear.
        if (what.includes('another stream')) return;
        for (const other of written) if (other !== victim) assert.equal(believed.filter(({ stream }) => stream === other.stream).length, other.segments.flat().length);
      }), { numRuns: RUNS, seed: SEED });
      assert.ok(done > RUNS / 20, `${done} runs tampered`);
    });
  }

  it('never has a record told as proven that is not as it was written, wherever it stands [audit.tamper]', async () => {
    await fc.assert(fc.asyncProperty(plan, fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 5 }), async ({ streams }, flips) => {
      const written = streams.map((stream) => writeStream(stream));
      const record = MemoryRecord.of(...written);
      const names = [...record.blobs.keys()];
      for (const [at, bits] of flips) {
        // Of any blob: segments, heads, manifests.
        const bytes = record.blobs.get(names[at % names.length] ?? '') ?? Buffer.alloc(1);
        bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ bits;
      }
      const { believed } = await readBack(record);
      for (const { stream, record: told, anchored } of believed) {
        const line = written.find((one) => one.stream === stream)?.segments.flat()[told.seq];
        if (anchored) assert.deepEqual(told, JSON.parse(line ?? 'null'));
      }
    }), { numRuns: 3 * RUNS, seed: SEED });
  });
});

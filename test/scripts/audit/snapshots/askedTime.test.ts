import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { askedTime } from '../../../../scripts/audit/snapshots/askedTime.ts';

const NOW = new Date('2026-11-24T15:00:00Z');

describe('--at', () => {
  const meanings: [string, string][] = [
    ['2026-11-23', '2026-11-23T23:59:59.999Z'],
    ['2026-11-24', '2026-11-24T15:00:00.000Z'],
    ['2026-11-24T10:00Z', '2026-11-24T10:00:00.000Z'],
    ['2026-11-24T10:00:30.5Z', '2026-11-24T10:00:30.500Z'],
    ['2026-11-24T10:00:30.123456789+01:00', '2026-11-24T09:00:30.123Z'],
    ['2024-02-29', '2024-02-29T23:59:59.999Z'],
  ];
  for (const [text, meaning] of meanings) it(`${text} is ${meaning}`, () => assert.equal(askedTime(text, NOW).toISOString(), meaning));

  for (const text of ['', 'yesterday', '2026-11', '2026-02-29', '2026-13-01', '2026-11-24T10:00', '2026-11-24 10:00Z', '2026-02-30T10:00Z', '2026-11-24T25:00Z']) {
    it(`${JSON.stringify(text)} is refused`, () => assert.throws(() => askedTime(text, NOW), { code: 'BAD_ARGUMENT', exitCode: 2, message: /is neither\. Allowed: a day as YYYY-MM-DD/ }));
  }
  for (const text of ['2026-11-25', '2026-11-24T15:00:01Z']) it(`${text} is yet to come`, () => assert.throws(() => askedTime(text, NOW), { code: 'BAD_ARGUMENT', message: /is yet to come/ }));
});

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createUtcDay } from '../../app/utcDay.ts';

it('the day is that of UTC, follows the clock over midnight, and back', () => {
  let now = '2026-12-31T23:59:59.999Z';
  const today = createUtcDay(() => new Date(now));
  const seen = ['2026-12-31T23:59:59.999Z', '2027-01-01T00:00:00.000Z', '2027-01-01T23:59:59.999Z', '2028-02-29T12:00:00+13:00', '2028-02-28T23:59:59Z', '2026-12-31T00:00:00Z'].map((time) => {
    now = time;
    return today();
  });
  assert.deepEqual(seen, ['2026-12-31', '2027-01-01', '2027-01-01', '2028-02-28', '2028-02-28', '2026-12-31']);
});

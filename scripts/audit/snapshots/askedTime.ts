import { CommandError } from '../../commandError.ts';

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const TIME = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;
const DAY_MS = 24 * 3_600_000;

/**
 * The time that `--at` means: that of a time with its zone; for a day its end in UTC, or now when the day has not ended.
 * @throws CommandError BAD_ARGUMENT for what is neither, and for a time to come
 */
export function askedTime(text: string, now: Date): Date {
  const day = DAY.test(text) ? text : TIME.exec(text)?.[1];
  const time = Date.parse(DAY.test(text) ? `${text}T00:00:00Z` : text);
  // A day that the month has not is taken for one of the next by the parser.
  const isReal = day !== undefined && !Number.isNaN(time) && new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
  if (!isReal) throw badTime(text, 'is neither');
  if (time > now.getTime()) throw badTime(text, 'is yet to come');
  return DAY.test(text) ? new Date(Math.min(time + DAY_MS - 1, now.getTime())) : new Date(time);
}

function badTime(text: string, problem: string): CommandError {
  return new CommandError('BAD_ARGUMENT', `--at was given "${text}", which ${problem}. Allowed: a day as YYYY-MM-DD, which means its end in UTC, or a time with its zone such as 2026-11-24T10:00Z`, 2);
}

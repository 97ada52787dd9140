const DAY_MS = 86_400_000;

/**
 * Makes the question which day it is, in UTC. The day's text is made once a day: asking costs a look at the clock.
 * @returns a function that answers YYYY-MM-DD
 */
export function createUtcDay(now: () => Date): () => string {
  let number = Number.NaN;
  let day = '';
  return () => {
    const date = now();
    const current = Math.floor(date.getTime() / DAY_MS);
    if (current !== number) {
      number = current;
      day = date.toISOString().slice(0, 'YYYY-MM-DD'.length);
    }
    return day;
  };
}

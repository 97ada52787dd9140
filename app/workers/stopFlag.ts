/** How far a piece of work is, in memory that both threads see: a message would wait until the work is over. */
const QUEUED = 0;
const STARTED = 1;
const STARTED_AND_STOPPED = 2;
const STOPPED_BEFORE_START = 3;

/** For the worker, once: @returns false when the work was stopped before it began */
export function start(flag: SharedArrayBuffer): boolean {
  return Atomics.compareExchange(new Int32Array(flag), 0, QUEUED, STARTED) === QUEUED;
}

/** For the worker, between two steps. */
export function shouldStop(flag: SharedArrayBuffer): boolean {
  return Atomics.load(new Int32Array(flag), 0) !== STARTED;
}

export function requestStop(flag: SharedArrayBuffer): void {
  const cell = new Int32Array(flag);
  if (Atomics.compareExchange(cell, 0, STARTED, STARTED_AND_STOPPED) !== STARTED) Atomics.compareExchange(cell, 0, QUEUED, STOPPED_BEFORE_START);
}

export function wasStarted(flag: SharedArrayBuffer): boolean {
  const state = Atomics.load(new Int32Array(flag), 0);
  return state === STARTED || state === STARTED_AND_STOPPED;
}

/** Whether a piece of work is to stop, in memory that both threads see: a message would wait until the work is over. */
const STOPPED = 1;

/** For the worker, between two steps. */
export function shouldStop(flag: SharedArrayBuffer): boolean {
  return Atomics.load(new Int32Array(flag), 0) === STOPPED;
}

export function requestStop(flag: SharedArrayBuffer): void {
  Atomics.store(new Int32Array(flag), 0, STOPPED);
}

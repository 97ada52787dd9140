import { constants, setPriority } from 'node:os';

/**
 * Gives the thread that calls it the lowest priority. On Linux id 0 is the calling thread and not the process, which is what makes this
 * safe beside the event loop. Source: setpriority(2), "C library/kernel differences"; nodejs.org, os.setPriority.
 */
export function lowerPriority(): void {
  try {
    setPriority(0, constants.priority.PRIORITY_LOW);
  } catch {
    // A sandbox may refuse it; the work is then done at the usual priority.
  }
}

import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';

/** A process, so that another one on the same machine can tell for sure whether it still runs: ids are used again, and containers count their own. */
export const processIdentitySchema = z.object({
  host: z.string(),
  pid: z.int().positive(),
  /** Boot of the machine, namespace of process ids and time of the process's start; absent where there is no /proc. */
  birth: z.object({ boot: z.string(), namespace: z.string(), startTicks: z.string() }).optional(),
});
export type ProcessIdentity = z.output<typeof processIdentitySchema>;

/** This process. */
export function ownIdentity(): ProcessIdentity {
  const birth = birthOf(process.pid);
  return { host: hostname(), pid: process.pid, ...(birth && { birth }) };
}

/** Whether a process has ended for sure. One on another machine, or in another container, may run: this cannot be seen from here. */
export function hasEnded({ host, pid, birth }: ProcessIdentity): boolean {
  const own = birthOf(process.pid);
  if (!birth || !own || host !== hostname() || birth.boot !== own.boot || birth.namespace !== own.namespace) return false;
  return birthOf(pid)?.startTicks !== birth.startTicks;
}

/** Source: proc(5): field 22 of /proc/PID/stat is the start of the process in clock ticks since boot; the name before it may hold spaces and brackets. */
function birthOf(pid: number): ProcessIdentity['birth'] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // An ended process that nobody has waited for.
    if (fields[0] === 'Z') return undefined;
    return { boot: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(), namespace: readlinkSync('/proc/self/ns/pid'), startTicks: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}

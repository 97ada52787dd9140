import { readdirSync, readFileSync } from 'node:fs';

/** CPU time that a process has taken so far, user and system, all of its threads. */
export interface CpuReading {
  /** From /proc/PID/stat: includes threads that have ended, counted in ticks of usually 10 ms. */
  readonly ticksSeconds: number;
  /** From the schedstat of each thread that there is, by thread id: counted in nanoseconds. */
  readonly threadSeconds: ReadonlyMap<string, number>;
}

/** @throws Error of the file system when the process has ended */
export function readCpu(pid: number, ticksPerSecond: number): CpuReading {
  return {
    ticksSeconds: parseTicks(readFileSync(`/proc/${pid}/stat`, 'utf8')) / ticksPerSecond,
    threadSeconds: readThreads(pid),
  };
}

/**
 * CPU seconds between two readings. Nanoseconds where no thread has ended in between, because a tick is as long as hundreds of calls
 * take; ticks otherwise, which remember the threads that have ended.
 */
export function cpuSecondsBetween(before: CpuReading, after: CpuReading): number {
  const allThere = before.threadSeconds.size > 0 && [...before.threadSeconds.keys()].every((thread) => after.threadSeconds.has(thread));
  if (!allThere) return after.ticksSeconds - before.ticksSeconds;
  return sum(after.threadSeconds) - sum(before.threadSeconds);
}

/**
 * Ticks of user and system time. Source: proc_pid_stat(5), fields 14 and 15.
 * @param stat the text of /proc/PID/stat
 */
export function parseTicks(stat: string): number {
  // The second field is the name of the program in parentheses, which may hold spaces and parentheses itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user, system] = [Number(fields[11]), Number(fields[12])];
  if (!Number.isSafeInteger(user) || !Number.isSafeInteger(system)) throw new Error(`The text is not that of /proc/PID/stat: ${JSON.stringify(stat.slice(0, 200))}`);
  return user + system;
}

/**
 * Seconds on the CPU. Source: Documentation/scheduler/sched-stats.rst of Linux, "/proc/<pid>/schedstat": its first field, in nanoseconds.
 * @returns undefined when the kernel does not count them
 */
export function parseSchedstatSeconds(schedstat: string): number | undefined {
  const nanoseconds = /^(\d+) \d+ \d+\s*$/.exec(schedstat)?.[1];
  return nanoseconds === undefined ? undefined : Number(nanoseconds) / 1e9;
}

function readThreads(pid: number): Map<string, number> {
  const seconds = new Map<string, number>();
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const read = readThread(`/proc/${pid}/task/${thread}/schedstat`);
    if (read !== undefined) seconds.set(thread, read);
  }
  return seconds;
}

/** @returns undefined when the thread has ended since it was listed, or the kernel does not count */
function readThread(path: string): number | undefined {
  try {
    return parseSchedstatSeconds(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

function sum(seconds: ReadonlyMap<string, number>): number {
  return [...seconds.values()].reduce((total, value) => total + value, 0);
}

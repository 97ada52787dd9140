import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** How processes are kept apart: servers on one core, everything that drives them on another. */
export interface Cores {
  readonly pinned: boolean;
  /** The command line that runs `command` on the core of the servers. */
  onServerCore(command: string, args: readonly string[]): { readonly command: string; readonly args: readonly string[] };
  /** Moves this process, and all that it starts from here on, to the core of the load. */
  moveToLoadCore(): void;
}

const LOAD_CORE = '0';
const SERVER_CORE = '1';

/** Finds out whether processes can be pinned; without `taskset` or a second core they run where the kernel puts them. */
export function detectCores(): Cores {
  const pinned = availableParallelism() >= 2 && canPin();
  return {
    pinned,
    onServerCore: (command, args) => (pinned ? { command: 'taskset', args: ['--cpu-list', SERVER_CORE, command, ...args] } : { command, args }),
    moveToLoadCore: () => {
      if (pinned) execFileSync('taskset', ['--all-tasks', '--pid', '--cpu-list', LOAD_CORE, String(process.pid)], { stdio: 'ignore' });
    },
  };
}

function canPin(): boolean {
  try {
    for (const core of [LOAD_CORE, SERVER_CORE]) execFileSync('taskset', ['--cpu-list', core, 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

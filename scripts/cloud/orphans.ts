import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import type { LocalFolders } from './folders.ts';

/** A process that an engine of this local run started, and the address at which it serves that engine's answers. */
interface EngineChild {
  readonly pid: number;
  readonly enginePort: number;
}

/**
 * Ends the language hosts, packs and programs of engines that are gone: the engine starts them in groups of their own, and they do not
 * notice that it was killed. What serves a living engine is left alone.
 * @returns ids of the processes that were ended
 */
export async function endOrphans(folders: LocalFolders): Promise<number[]> {
  const ended: number[] = [];
  for (const { pid, enginePort } of engineChildren(folders)) {
    if (await isListening(enginePort)) continue;
    try {
      process.kill(pid, 'SIGKILL');
      ended.push(pid);
    } catch {
      // It has ended meanwhile.
    }
  }
  return ended;
}

/** Found by environment (the engine's home is this run's) and by the engine's address among the arguments. Linux only: elsewhere there is no /proc. */
function engineChildren({ pulumiHome }: LocalFolders): EngineChild[] {
  if (!existsSync('/proc/self/environ')) return [];
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((name) => {
    try {
      if (!readFileSync(`/proc/${name}/environ`, 'utf8').split('\0').includes(`PULUMI_HOME=${pulumiHome}`)) return [];
      const args = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
      // `--engine ADDRESS` of a program; the first bare address of a language host or a pack.
      const address = args[args.indexOf('--engine') + 1] ?? '';
      const port = /^127\.0\.0\.1:(\d+)$/.exec(args.includes('--engine') ? address : (args.find((arg) => /^127\.0\.0\.1:\d+$/.test(arg)) ?? ''))?.[1];
      return port === undefined ? [] : [{ pid: Number(name), enginePort: Number(port) }];
    } catch {
      return []; // ended meanwhile, or another user's
    }
  });
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

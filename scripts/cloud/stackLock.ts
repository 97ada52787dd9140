import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { CommandError } from '../commandError.ts';
import type { StackName } from '../arguments.ts';
import type { LocalFolders } from './folders.ts';
import type { PulumiRunner } from './pulumi.ts';

/** A lock of the engine's file backend. Source: pulumi/pulumi, `pkg/backend/diy/lock.go`. */
const lockSchema = z.looseObject({ pid: z.number().int(), hostname: z.string() });

/**
 * Releases the lock that a killed engine left on a stack of the local backend; a lock whose engine still works stays.
 * @throws CommandError STACK_BUSY when another engine works on the stack
 */
export async function releaseStaleLock(folders: LocalFolders, pulumi: PulumiRunner, stack: StackName): Promise<boolean> {
  const holders = readHolders(join(folders.backend, '.pulumi', 'locks', 'organization', 'mcp-app-service', stack));
  if (holders.length === 0) return false;
  const busy = holders.find(({ pid, host }) => host !== hostname() || isEngine(pid));
  if (busy) throw new CommandError('STACK_BUSY', `Another pulumi (process ${busy.pid} on ${busy.host}) works on stack "${stack}". Wait until it has ended, then run the command again.`);
  await pulumi.run(['cancel', '--yes', '--stack', stack]);
  return true;
}

function readHolders(folder: string): { pid: number; host: string }[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((file) => {
    try {
      const parsed = lockSchema.safeParse(JSON.parse(readFileSync(join(folder, file), 'utf8')));
      // A lock cut off while it was written has no holder to wait for.
      return [parsed.success ? { pid: parsed.data.pid, host: parsed.data.hostname } : { pid: 0, host: hostname() }];
    } catch {
      return [];
    }
  });
}

/** Whether the process runs, and is an engine: its number may have been given to another program since. */
function isEngine(pid: number): boolean {
  if (pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const commandLine = `/proc/${pid}/cmdline`;
  // An ended process that nobody has waited for has an empty command line.
  return !existsSync(commandLine) || readFileSync(commandLine, 'utf8').includes('pulumi');
}

import type { BlockBlobClient, ContainerClient } from '@azure/storage-blob';
import { z } from 'zod';
import { CommandError } from '../../commandError.ts';
import { bySchema, VERBS } from '../log/events.ts';
import { hasEnded, processIdentitySchema } from './processIdentity.ts';

/** Time for which the lock is held without being renewed. Source: learn.microsoft.com, "Lease Blob": 15 to 60 s. */
const LEASE_SECONDS = 30;
/** Renewals within the time of a lease: two may fail. */
const RENEWALS_PER_LEASE = 3;

const holderSchema = z.object({ release: z.string(), verb: z.enum(VERBS), by: bySchema, process: processIdentitySchema, since: z.iso.datetime() });
/** Who holds the lock of a stack. */
export type Holder = z.output<typeof holderSchema>;

/** The lock of a stack, held by this process. */
export interface HeldLock {
  /** Asks storage, so that nothing is done by a release that has lost its lock. @throws CommandError RELEASE_LOCK_LOST */
  requireHeld(): Promise<void>;
  /** Gives it back; one that is lost already is left alone. */
  release(): Promise<void>;
}

/** Name of the blob whose lease is the lock. */
export function lockBlob(stack: string): string {
  return `${stack}/lock`;
}

/**
 * Takes the lock of a stack: a lease on a blob, renewed until it is given back. The lease of a process that is seen to have ended is broken at once; any other one ends by itself.
 * @throws CommandError RELEASE_LOCKED (exit code 4) naming who holds it
 */
export async function takeLock(container: ContainerClient, stack: string, holder: Holder, leaseSeconds = LEASE_SECONDS): Promise<HeldLock> {
  const blob = container.getBlockBlobClient(lockBlob(stack));
  await ensureBlob(blob);
  const lease = blob.getBlobLeaseClient();
  try {
    await lease.acquireLease(leaseSeconds);
  } catch (error) {
    if (codeOf(error) !== 'LeaseAlreadyPresent') throw error;
    const held = await readHolder(blob);
    if (!held?.holder || !hasEnded(held.holder.process)) throw lockedBy(stack, held?.holder, leaseSeconds);
    // Whoever took it meanwhile has written into it, and is left alone.
    await lease.breakLease(0, { conditions: { ifMatch: held.etag } }).catch((cause: unknown) => {
      if (codeOf(cause) !== 'ConditionNotMet') throw cause;
    });
    await lease.acquireLease(leaseSeconds).catch(async (cause: unknown) => {
      throw codeOf(cause) === 'LeaseAlreadyPresent' ? lockedBy(stack, (await readHolder(blob))?.holder, leaseSeconds) : cause;
    });
  }
  const text = JSON.stringify(holder);
  await blob.upload(text, Buffer.byteLength(text), { conditions: { leaseId: lease.leaseId } });

  // A renewal that fails is told by the next step, which asks again.
  const timer = setInterval(() => void lease.renewLease().catch(() => undefined), (leaseSeconds * 1_000) / RENEWALS_PER_LEASE);
  timer.unref();
  return {
    async requireHeld() {
      await lease.renewLease().catch((error: unknown) => {
        throw new CommandError('RELEASE_LOCK_LOST', `This release has lost the lock of stack "${stack}" (${codeOf(error) ?? (error as Error).message}), and stops before its next step. Run the command again: it goes on from where the stack stands.`);
      });
    },
    async release() {
      clearInterval(timer);
      await lease.releaseLease().catch(() => undefined);
    },
  };
}

/** Who holds the lock of a stack at this moment; undefined when nobody does, and when a process holds it that has ended for sure. */
export async function lockHolder(container: ContainerClient, stack: string): Promise<Holder | undefined> {
  const blob = container.getBlockBlobClient(lockBlob(stack));
  const held = await readHolder(blob);
  return held?.isLeased === true && held.holder && !hasEnded(held.holder.process) ? held.holder : undefined;
}

async function ensureBlob(blob: BlockBlobClient): Promise<void> {
  await blob.upload('', 0, { conditions: { ifNoneMatch: '*' } }).catch((error: unknown) => {
    if (!['BlobAlreadyExists', 'LeaseIdMissing', 'ConditionNotMet'].includes(codeOf(error) ?? '')) throw error;
  });
}

async function readHolder(blob: BlockBlobClient): Promise<{ holder: Holder | undefined; etag: string; isLeased: boolean } | undefined> {
  try {
    const { etag = '', leaseState } = await blob.getProperties();
    const text = (await blob.downloadToBuffer()).toString('utf8');
    return { holder: parseHolder(text), etag, isLeased: leaseState === 'leased' };
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    throw error;
  }
}

function parseHolder(text: string): Holder | undefined {
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function lockedBy(stack: string, holder: Holder | undefined, leaseSeconds: number): CommandError {
  const who = holder ? `${holder.verb} ${holder.release} of ${holder.by.oid} on ${holder.process.host} (process ${holder.process.pid}), since ${holder.since}` : 'a release that has not said yet who it is';
  return new CommandError('RELEASE_LOCKED', `Another release holds the lock of stack "${stack}": ${who}. Wait until it has ended. When it was cut off, its lock ends within ${leaseSeconds} s, and the next release goes on from where it stood.`, 4);
}

function codeOf(error: unknown): string | undefined {
  const { code, details } = error as { code?: string; details?: { errorCode?: string } };
  return details?.errorCode ?? code;
}

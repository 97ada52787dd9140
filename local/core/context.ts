import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pino, type Logger } from 'pino';
import { z } from 'zod';
import { ensureCertificates, type TlsMaterial } from './certificates.ts';
import { openDocumentStore, type DocumentStore } from './documents.ts';
import { createListeners, type Listeners } from './listeners.ts';
import { createSealer, type Sealer } from './sealer.ts';

/** What every service of the local Azure is given: where state lives, how ports open, who the tenant is. */
export interface LocalContext {
  readonly stateDir: string;
  readonly tenantId: string;
  readonly subscriptionId: string;
  readonly documents: DocumentStore;
  readonly listeners: Listeners;
  readonly tls: TlsMaterial;
  readonly sealer: Sealer;
  readonly log: Logger;
  readonly now: () => Date;
}

const cloudSchema = z.object({ tenantId: z.uuid(), subscriptionId: z.uuid() });

/**
 * Opens the state folder of a local Azure, or begins a new one in it.
 * @param stateDir folder that holds all state; made when absent
 */
export async function createContext(options: { stateDir: string; log?: Logger; now?: () => Date }): Promise<LocalContext> {
  const now = options.now ?? (() => new Date());
  mkdirSync(options.stateDir, { recursive: true, mode: 0o700 });
  const documents = openDocumentStore(join(options.stateDir, 'data'), now);
  const clouds = documents.collection('cloud', cloudSchema);
  const cloud = clouds.get('this') ?? { tenantId: randomUUID(), subscriptionId: randomUUID() };
  if (!clouds.get('this')) clouds.put('this', cloud);
  const tls = await ensureCertificates(join(options.stateDir, 'tls'), now);
  return {
    ...cloud,
    stateDir: options.stateDir,
    documents,
    tls,
    listeners: createListeners(documents, tls),
    sealer: createSealer(join(options.stateDir, 'seal.key')),
    log: options.log ?? pino({ level: 'silent' }),
    now,
  };
}

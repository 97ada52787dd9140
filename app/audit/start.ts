import { rm } from 'node:fs/promises';
import { LIMITS } from '../limits.ts';
import type { AuditConfig, Config } from '../config.ts';
import { keepsAccepted, redactArguments } from '../tools/redactArguments.ts';
import type { Tool } from '../tools/index.ts';
import { Anchors } from './anchors.ts';
import { createAppendStore, type AppendStore } from './appendStore.ts';
import { createAudit, membersOfRefusal, type Audit } from './audit.ts';
import { BlobTail } from './blobTail.ts';
import type { Head } from './chain.ts';
import { digestOfDefinition } from './lines.ts';
import { Refusals } from './refusals.ts';
import { createVaultSigner, type Sign } from './signer.ts';
import { takeLeftSpools } from './spool.ts';
import { nameStream } from './streamNames.ts';
import { StreamWriter, type WriterLimits, type WriterLog } from './streamWriter.ts';

/** The record of this process. */
export interface RunningAudit {
  readonly audit: Audit;
  /** How it stands with the record, for the details of /ready and for the log. */
  health(): AuditHealth;
  /** Stores what is held, anchors it, and leaves on disk what storage does not take. */
  close(): Promise<void>;
}

export interface AuditHealth {
  readonly stream: string;
  readonly isReachable: boolean;
  readonly spooledBytes: number;
  readonly lost: number;
  /** Age of the last signed head, in milliseconds; undefined before the first. */
  readonly anchorAgeMs: number | undefined;
  /** Heads that could not be signed or stored since the start. */
  readonly anchorFailures: number;
}

/** Where the record goes, and what signs it. */
export interface AuditParts {
  readonly records: AppendStore;
  readonly anchors: AppendStore;
  readonly sign: Sign;
}

export interface AuditStart {
  readonly config: Pick<Config, 'instance'> & { readonly audit: AuditConfig };
  readonly site: string;
  readonly tools: readonly Tool[];
  readonly log: WriterLog;
  readonly now?: () => number;
  readonly parts: AuditParts;
  readonly limits?: Partial<WriterLimits & { readonly auditAnchorMs: number; readonly auditRefusalsMs: number }>;
}

const RECORDS = 'audit';
const ANCHORS = 'anchors';

/** Opens the stream of this process. Storage need not answer for that: what it does not take waits on disk. */
export function startAudit({ config: { audit: config, instance }, site, tools, log, now = Date.now, parts, limits }: AuditStart): RunningAudit {
  const { records, anchors: anchorStore, sign } = parts;
  const names = nameStream(new Date(now()), instance.slot, instance.id);
  const opening = membersOf({
    kind: 'stream', format: 1, stream: names.stream, site, slot: instance.slot, instance: instance.id ?? null, version: instance.version,
    packageDigest: instance.packageDigest ?? null, policyVersion: config.policyVersion ?? null, mode: config.mode,
    catalogue: Object.fromEntries(tools.map((tool) => [tool.name, digestOfDefinition(tool)])),
  });
  let first: Head | undefined;
  const writer = new StreamWriter({
    store: records, stream: names.stream, blobOf: names.blobOf, opening, mode: config.mode, spoolFolder: config.spoolFolder, now, log,
    onStored: (_head, opened) => {
      first = opened;
    },
    ...(limits ? { limits } : {}),
  });
  const refusals = new Refusals((refusal, count) => void writer.write(membersOfRefusal(refusal, count)), limits?.auditRefusalsMs ?? LIMITS.auditRefusalsMs);
  const anchors = new Anchors({ store: anchorStore, names, sign, now, log, intervalMs: limits?.auditAnchorMs ?? LIMITS.auditAnchorMs, headsPerBlob: limits?.auditBlocksPerSegment ?? LIMITS.auditBlocksPerSegment }, () => writer.stored, () => first);
  void storeLeftSpools(records, config.spoolFolder, names.stream, log);
  return {
    audit: createAudit({ writer, refusals, mode: config.mode, redact: (tool, args) => redactArguments(tool.input, args), keepsAccepted: (tool) => keepsAccepted(tool.input), contentBytes: LIMITS.auditContentBytes }),
    health: () => ({
      stream: names.stream,
      isReachable: writer.isReachable,
      spooledBytes: writer.spooledBytes,
      lost: writer.lost,
      anchorAgeMs: anchors.lastAtMs === undefined ? undefined : now() - anchors.lastAtMs,
      anchorFailures: anchors.failures,
    }),
    async close() {
      refusals.close();
      await writer.close();
      await anchors.close();
    },
  };
}

/** @param getToken tokens of the identity of the app, by scope */
export function createAuditParts({ blobUrl, signingKeyUrl }: Pick<AuditConfig, 'blobUrl' | 'signingKeyUrl'>, getToken: (scope: string) => Promise<string>): AuditParts {
  const timeoutMs = LIMITS.auditRequestTimeoutMs;
  return {
    records: createAppendStore({ accountUrl: blobUrl, container: RECORDS, getToken, timeoutMs }),
    anchors: createAppendStore({ accountUrl: blobUrl, container: ANCHORS, getToken, timeoutMs }),
    sign: createVaultSigner({ keyUrl: signingKeyUrl, getToken, fetch, timeoutMs }),
  };
}

/** What processes that ended without storage have left on this machine. A file stays for the next start when storage does not take it. */
async function storeLeftSpools(store: AppendStore, folder: string, own: string, log: WriterLog): Promise<void> {
  try {
    for (const { path, header, blocks } of await takeLeftSpools(folder, (stream) => stream === own)) {
      let tail = new BlobTail(store, header.blob, header.position, true);
      for (const { blob, text } of blocks) {
        if (blob !== tail.blob) tail = new BlobTail(store, blob, 0, true);
        await tail.append(Buffer.from(text));
      }
      await rm(path);
      log.info({ stream: header.stream, blocks: blocks.length }, 'records that an earlier process left on disk are stored');
    }
  } catch (error) {
    log.warn({ err: error }, 'records that an earlier process left on disk cannot be stored yet');
  }
}

function membersOf(line: object): string {
  return JSON.stringify(line).slice(1, -1);
}

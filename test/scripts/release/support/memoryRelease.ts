import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import type { SlotClient } from '../../../../scripts/release/arm/slots.ts';
import { CommandError } from '../../../../scripts/commandError.ts';
import { localFolders } from '../../../../scripts/cloud/folders.ts';
import type { Gate } from '../../../../scripts/release/gate.ts';
import type { Journal } from '../../../../scripts/release/journal.ts';
import type { ReleaseEvent, Slots } from '../../../../scripts/release/log/events.ts';
import { openSession, type ReleaseParts, type Session } from '../../../../scripts/release/session.ts';
import type { SlotName } from '../../../../scripts/release/target.ts';

export const ref = (digit: string) => ({ name: `5e6f7a8b/${digit.repeat(64)}`, digest: digit.repeat(64) });
const gate = (name: string, pass: boolean): Gate => ({ name, measured: pass ? 1 : 0, limit: 1, pass, details: [] });

/** The edges of a release in memory: ARM, storage, engine and gates. Settings of the stack are a file, as they are. */
export class MemoryRelease {
  slots: Slots = { production: ref('a'), staging: ref('b') };
  readonly events: ReleaseEvent[] = [];
  journal: Journal | undefined;
  readonly engine: string[] = [];
  /** Slots whose verification fails. */
  readonly failing = new Set<SlotName>();
  /** Whether the package comes up in a swap. */
  comesUp: (swap: number) => boolean = () => true;
  swaps = 0;
  /** Lines that a preview shows. */
  previewChanges: readonly string[] = [];
  /** Whether the lock is held; asked before each step. */
  isHeld: (step: number) => boolean = () => true;
  readonly folder = mkdtempSync(join(tmpdir(), 'mcp-release-'));
  readonly settingsFile = join(this.folder, 'Pulumi.staging.yaml');
  #asked = 0;
  #minutes = 0;

  constructor() {
    writeFileSync(this.settingsFile, 'config:\n  a:b: "1"\n');
  }

  close(): void {
    rmSync(this.folder, { recursive: true });
  }

  #now = (): Date => new Date(Date.UTC(2026, 0, 1, 0, this.#minutes++));

  readonly #client: SlotClient = {
    facts: async () => ({ slots: this.slots, isBusy: false, lastSwap: undefined }),
    settled: async () => ({ slots: this.slots, isBusy: false, lastSwap: undefined }),
    differences: async () => [],
    instances: async () => ['one'],
    swap: async () => {
      this.swaps += 1;
      if (!this.comesUp(this.swaps)) return { state: 'reverted', why: 'Conflict: it did not come up' };
      const { production, staging } = this.slots;
      this.slots = { ...(staging && { production: staging }), ...(production && { staging: production }) };
      return { state: 'swapped' };
    },
    setStagingPackage: async () => { throw new Error('not asked for here'); },
  };

  parts(): ReleaseParts {
    // Nothing listens there: what a release tells beside its own log is told as a notice.
    const nowhere = new BlobServiceClient('https://127.0.0.1:9', { getToken: async () => null }, { retryOptions: { maxTries: 1 } });
    const refused = async (): Promise<string> => { throw new Error('nobody is signed in here'); };
    return {
      target: {
        stack: 'staging', isLocal: true, settingsFile: this.settingsFile, folders: localFolders({ MCP_LOCAL_DIR: this.folder }), armUrl: '', subscriptionId: '', credential: { getToken: async () => null },
        packages: nowhere.getContainerClient('packages'), releases: nowhere.getContainerClient('releases'), mcpToken: refused,
        outputs: { mcpUrl: 'https://127.0.0.1:9/mcp', mcpStagingUrl: 'https://127.0.0.1:9/mcp', subscriptionId: '', resourceGroupName: '', stateResourceGroupName: '', siteName: '', entraClientId: '', stateBlobUrl: '', auditSigningKeyUrl: '', packageBlobUrl: '', packageDigest: '' },
        record: { containers: { audit: nowhere.getContainerClient('audit'), anchors: nowhere.getContainerClient('anchors'), access: nowhere.getContainerClient('access') }, keyUrl: '', graphUrl: '', applicationClientId: '', token: refused },
        pulumi: {
          run: async (args) => {
            this.engine.push(args[0] ?? '');
            if (args[0] === 'preview' && this.previewChanges.length > 0) throw new CommandError('PULUMI_FAILED', `it ended:\n${JSON.stringify({ steps: this.previewChanges.map((urn) => ({ op: 'update', urn })) }, undefined, 1)}\nerror: no changes were expected`);
            return '';
          },
        },
      },
      slots: this.#client,
      log: { append: async (release, event) => void this.events.push({ format: 1, id: String(this.events.length), at: this.#now().toISOString(), release, ...event }), read: async () => this.events },
      journal: { read: async () => this.journal, write: async (journal) => void (this.journal = journal), clear: async () => void (this.journal = undefined) },
      progress: { note: () => undefined, step: async (_title, run) => run(() => undefined) },
      verify: async (_target, { slot }) => ({ stack: 'staging', slot, packageDigest: this.slots[slot]?.digest, startedAt: '', finishedAt: '', gates: [gate('spread', !this.failing.has(slot))] }),
      awaitEngine: async () => undefined,
      acceptedChanges: [],
      now: this.#now,
    };
  }

  /** A release of the package in the staging slot, under way. */
  session(members: Partial<Journal> = {}): Session {
    const journal: Journal = { format: 1, release: 'r', verb: 'promote', by: { oid: 'ada', azp: 'cli' }, host: 'runner', since: '2026-01-01T00:00:00.000Z', step: 'started', stepSince: '2026-01-01T00:00:00.000Z', direction: 'forward', before: this.slots, wanted: ref('b'), ...members };
    return openSession(this.parts(), {
      requireHeld: async () => {
        this.#asked += 1;
        if (!this.isHeld(this.#asked)) throw new CommandError('RELEASE_LOCK_LOST', 'lost');
      },
    }, journal);
  }

  /** Steps that were begun, in their order. */
  steps(): string[] {
    return this.events.flatMap((event) => (event.event === 'step' && event.state === 'begun' ? [event.step] : []));
  }
}

import { packageBlobName } from '../../../infra/names.ts';
import type { PastUpdate } from '../../policy/engine/history.ts';
import { judgeLastUpdate, readLastUpdate } from '../../policy/evidence/lastUpdate.ts';
import { PACK_NAME } from '../../policy/pack/name.ts';
import type { Subject } from '../../policy/report.ts';
import type { SlotFacts } from '../arm/slots.ts';
import { openSlots } from '../arm/slots.ts';
import { createSiteReader } from '../arm/siteReader.ts';
import { openJournal } from '../journal.ts';
import { lockHolder } from '../lease/leaseLock.ts';
import type { ReleaseEvent, Slots } from '../log/events.ts';
import { openReleaseLog } from '../log/releaseLog.ts';
import { standingOf, type Standing } from '../log/releases.ts';
import type { PackageRef } from '../package.ts';
import { startOf } from '../preconditions.ts';
import { SLOTS, type ReleaseTarget, type SlotName } from '../target.ts';
import { askInstances, judgeInstances, type InstancesSeen } from '../verify/gates/instancesHealthy.ts';
import { createMcpEndpoint } from '../verify/mcp/endpoint.ts';

/** What a slot runs, and how it is. */
export interface SlotStatus {
  readonly packageDigest: string | undefined;
  /** Of the package's sources, `-dirty` behind it when files were changed. */
  readonly commit: string | undefined;
  /** Version of the server, as its instances say. */
  readonly version: string | undefined;
  /** When the package was stored; ISO 8601, UTC. */
  readonly packagedAt: string | undefined;
  readonly instances: { readonly listed: number; readonly ready: number };
  readonly health: 'healthy' | 'unhealthy';
  /** What is not as it shall be. */
  readonly problems: readonly string[];
}

/** Where a stack stands, by what ARM, the slots themselves and the release log say. */
export interface StackStatus {
  readonly stack: string;
  readonly isDeployed: true;
  readonly slots: Readonly<Record<SlotName, SlotStatus>>;
  readonly lastSwap: SlotFacts['lastSwap'] | null;
  readonly policy: LastJudgement;
  readonly pending: Pending;
  /** A release that runs, or that was cut off. */
  readonly underWay: { readonly release: string; readonly verb: string; readonly step: string | undefined; readonly since: string; readonly isRunning: boolean } | null;
}

/**
 * What stands in the staging slot beside production's package. `candidate`: what a release deployed, waiting for promotion. `former`: what production ran before, for a rollback.
 * `other`: what no release deployed, or what was brought back from production; `promote` refuses it. `none`: the same package.
 */
export type Pending = 'none' | 'candidate' | 'former' | 'other';

/** What the policy pack made of the last update of the stack, whoever ran it. `unknown`: neither the release log nor evidence kept here tells. */
export interface LastJudgement {
  readonly verdict: 'passed' | 'failed' | 'unjudged' | 'unknown';
  /** Name and version; undefined when the pack did not run, or nobody knows. */
  readonly pack: string | undefined;
  /** When the update began; ISO 8601, UTC. */
  readonly at: string | undefined;
}

export interface NoStack {
  readonly stack: string;
  readonly isDeployed: false;
}

/** Long enough for each instance to have its turn; one that is not ready is told, not waited for. Milliseconds. */
const READY_TIMEOUT_MS = 5_000;
const NOT_FOUND = 404;

/** @param onWait told when ARM asks for patience */
export async function readStatus(target: ReleaseTarget, onWait: (text: string) => void): Promise<StackStatus> {
  const { releases, stack, folders } = target;
  const slots = openSlots(target, onWait);
  const [facts, events, journal, holder, token, last] = await Promise.all([
    slots.facts(), openReleaseLog(releases, stack).read(), openJournal(releases, stack).read(), lockHolder(releases, stack), target.mcpToken(), readLastUpdate(target.pulumi, stack),
  ]);
  const [production, staging] = await Promise.all(SLOTS.map((slot) => readSlot(target, slot, facts.slots[slot], token, onWait)) as [Promise<SlotStatus>, Promise<SlotStatus>]);
  return {
    stack,
    isDeployed: true,
    slots: { production, staging },
    lastSwap: facts.lastSwap ?? null,
    policy: policyOf(last, events, () => judgeLastUpdate(last, PACK_NAME, stack, folders).lastUpdate),
    pending: pendingOf(facts.slots, standingOf(events)),
    underWay: holder ? { release: holder.release, verb: holder.verb, step: journal?.step, since: holder.since, isRunning: true }
      : journal ? { release: journal.release, verb: journal.verb, step: journal.step, since: journal.since, isRunning: false }
      : null,
  };
}

async function readSlot(target: ReleaseTarget, slot: SlotName, ref: PackageRef | undefined, token: string, onWait: (text: string) => void): Promise<SlotStatus> {
  const endpoint = createMcpEndpoint(slot === 'production' ? target.outputs.mcpUrl : target.outputs.mcpStagingUrl, token);
  const [seen, stored] = await Promise.all([
    askInstances({ site: createSiteReader(target, onWait), slot, endpoint, token, update: () => undefined }, { readyTimeoutMs: READY_TIMEOUT_MS }),
    ref === undefined ? undefined : readPackageProperties(target, ref),
  ]);
  return slotStatus(ref?.digest, seen, stored);
}

export interface StoredPackageProperties {
  readonly commit: string | undefined;
  readonly packagedAt: string | undefined;
}

export function slotStatus(packageDigest: string | undefined, seen: InstancesSeen, stored: StoredPackageProperties | undefined): SlotStatus {
  const { pass, details } = judgeInstances(seen);
  const versions = new Set([...seen.answers.values()].flatMap(({ version }) => version ?? []));
  return {
    packageDigest,
    commit: stored?.commit,
    version: versions.size === 0 ? undefined : [...versions].sort().join(', '),
    packagedAt: stored?.packagedAt,
    instances: { listed: seen.listed.length, ready: seen.listed.filter((id) => seen.answers.get(id)?.isReady === true).length },
    health: pass ? 'healthy' : 'unhealthy',
    problems: details,
  };
}

/** The commit stands in the metadata of the blob: infra/components/packageStore.ts. */
async function readPackageProperties({ packages }: Pick<ReleaseTarget, 'packages'>, { name }: PackageRef): Promise<StoredPackageProperties | undefined> {
  try {
    const { metadata, createdOn } = await packages.getBlobClient(packageBlobName(name)).getProperties();
    return { commit: metadata?.['commit'], packagedAt: createdOn?.toISOString() };
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === NOT_FOUND) return undefined;
    throw error;
  }
}

/** @param standing by the release log */
export function pendingOf({ production, staging }: Slots, { candidate, previous }: Pick<Standing, 'candidate' | 'previous'>): Pending {
  if (staging === undefined || staging.digest === production?.digest) return 'none';
  if (staging.digest === candidate?.package.digest) return 'candidate';
  return staging.digest === previous?.package.digest ? 'former' : 'other';
}

/** By the release log, when the last update was that of a deployment; else by what was kept of it where it ran: `npm run up` keeps evidence and writes no release log. */
export function policyOf(last: PastUpdate | undefined, events: readonly ReleaseEvent[], evidence: () => Subject['lastUpdate']): LastJudgement {
  const deployed = events.findLast((event) => event.event === 'deployed');
  const start = startOf(last);
  if (deployed?.event === 'deployed' && start !== undefined && deployed.update === start) return { verdict: deployed.policy.verdict, pack: deployed.policy.pack || undefined, at: new Date(start * 1_000).toISOString() };
  const { verdict = 'unknown', packVersion, at } = evidence() ?? {};
  return { verdict, pack: packVersion === undefined ? undefined : `${PACK_NAME} ${packVersion}`, at };
}

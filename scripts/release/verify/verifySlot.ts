import { createSiteReader } from '../arm/siteReader.ts';
import type { Gate, Verification } from '../gate.ts';
import { createLockStore } from '../lock/lockStore.ts';
import { openReleaseKey } from '../lock/releaseKey.ts';
import type { ReleaseTarget, SlotName } from '../target.ts';
import { GATES, HEALTH_GATE } from './gates/index.ts';
import { askInstances, commonDigest, judgeInstances } from './gates/instancesHealthy.ts';
import { LIMITS } from './limits.ts';
import { createMcpEndpoint } from './mcp/endpoint.ts';
import type { SlotUnderTest } from './slotUnderTest.ts';

export interface VerifyOptions {
  readonly slot: SlotName;
  /** Ids of changes that whoever releases has read and accepts, as gates name them. */
  readonly acceptedChanges: readonly string[];
  /** Names of the gates to run; all when absent. Part of them is no verification: `promote` asks for all. */
  readonly gates?: ReadonlySet<string>;
  /** Says what is under way, in a few words. */
  readonly onStep?: (text: string) => void;
}

/** What a verification needs of a target. */
export type VerifiableTarget = Pick<ReleaseTarget, 'stack' | 'isLocal' | 'outputs' | 'credential' | 'armUrl' | 'subscriptionId' | 'releases' | 'mcpToken'>;

/**
 * Judges a slot as it is deployed, gate by gate. Asks and changes nothing. A gate that could not be judged has not passed.
 * @throws CommandError of ARM, the vault or Entra, where not even the instances can be asked for
 */
export async function verifySlot(target: VerifiableTarget, options: VerifyOptions): Promise<Verification> {
  const { slot, gates: chosen, onStep = () => undefined } = options;
  const startedAt = new Date().toISOString();
  const token = await target.mcpToken();
  const underTest = slotUnderTest(target, options, token);
  const at = (gate: string): SlotUnderTest => ({ ...underTest, update: (text) => onStep(`${gate}: ${text}`) });
  onStep(HEALTH_GATE);
  const seen = await askInstances(at(HEALTH_GATE));
  const health = judgeInstances(seen);
  const gates = [health];
  for (const [name, judge] of Object.entries(GATES).filter(([name]) => chosen === undefined || chosen.has(name))) {
    onStep(name);
    // ARM answers for the settings of a slot that serves nothing.
    gates.push(health.pass || name === 'references-resolved' ? await judge(at(name)).catch((error: unknown) => unjudged(name, error as Error, token)) : notRun(name));
  }
  return { stack: target.stack, slot, packageDigest: commonDigest(seen), startedAt, finishedAt: new Date().toISOString(), gates };
}

function slotUnderTest({ stack, isLocal, outputs, releases, credential, ...target }: VerifiableTarget, { slot, acceptedChanges, onStep = () => undefined }: VerifyOptions, token: string): SlotUnderTest {
  const { mcpUrl, mcpStagingUrl, releaseSigningKeyUrl } = outputs;
  const [own, other] = slot === 'production' ? [mcpUrl, mcpStagingUrl] : [mcpStagingUrl, mcpUrl];
  return {
    stack, slot, token, acceptedChanges: new Set(acceptedChanges),
    endpoint: createMcpEndpoint(own, token),
    otherEndpoint: createMcpEndpoint(other, token),
    site: createSiteReader({ ...target, credential, outputs }, onStep),
    lock: createLockStore(releases, stack, releaseSigningKeyUrl === undefined ? undefined : openReleaseKey(releaseSigningKeyUrl, credential)),
    requestsPerSecond: isLocal ? LIMITS.requestsPerSecond.local : LIMITS.requestsPerSecond.azure,
    update: () => undefined,
  };
}

function notRun(name: string): Gate {
  return { name, measured: 'not run', limit: `${HEALTH_GATE} passes`, pass: false, details: ['Not run: what is not healthy is not asked for more.'] };
}

/** The reason of a failure, without the token, should a library have put it there. */
function unjudged(name: string, error: Error, token: string): Gate {
  return { name, measured: 'not judged', limit: 'an answer', pass: false, details: [error.message.replaceAll(token, '[token]')] };
}

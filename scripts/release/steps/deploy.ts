import { readStackOutputs } from '../../cloud/stackOutputs.ts';
import type { PolicyJudgement } from '../../cloud/policyJudgement.ts';
import { updateStack, updateTitle, type StackUpdate } from '../../cloud/updateStack.ts';
import type { Gate } from '../gate.ts';
import type { OpenCloud } from '../openTarget.ts';
import { shortDigest, type PackageRef } from '../package.ts';
import { writePin } from '../pin.ts';
import { startOfLastUpdate } from '../preconditions.ts';
import type { Session } from '../session.ts';
import { refreshSettings } from './settle.ts';
import { servesPackage, START_TIMEOUT_MS } from './serves.ts';

export interface Deployed {
  readonly package: PackageRef;
  readonly changes: string;
  readonly policy: PolicyJudgement;
}

/**
 * Updates the stack so that the staging slot runs a package, and sees that it does and that production is untouched.
 * @param commit of the checkout
 * @param given.pinned package of another stack that the slot is to run; undefined for the build
 * @param given.made the update that has just made the stack, in which its account has come about: there is nothing to update again
 * @throws GateStop; CommandError PULUMI_FAILED
 */
export async function deployCandidate(session: Session, cloud: Pick<OpenCloud, 'local' | 'awaitEngine'>, commit: string | undefined, { pinned, made }: { readonly pinned?: PackageRef | undefined; readonly made?: StackUpdate | undefined } = {}): Promise<Deployed> {
  const { parts, journal: { before } } = session;
  const { target } = parts;
  const { pulumi, stack, settingsFile } = target;
  const { summary, policy } = await session.step<StackUpdate>('update', made ? { running: 'Looking at the stack that was made', done: 'The stack is made' } : updateTitle(stack), async (update) => {
    if (made) return made;
    await cloud.awaitEngine(update);
    writePin(settingsFile, pinned?.name);
    // A release that was cut off may have changed what the slots run behind the engine's back, which would then not change it anew.
    await refreshSettings(target);
    return updateStack(target, update);
  });
  const outputs = await readStackOutputs(pulumi, stack);
  const facts = await parts.slots.settled();
  const wanted = pinned?.digest ?? outputs?.packageDigest;
  const staging = facts.slots.staging;
  const isBuild = staging !== undefined && staging.digest === wanted;
  const gates: Gate[] = [
    { name: 'production-untouched', measured: shortDigest(facts.slots.production?.digest), limit: shortDigest(before.production?.digest), pass: before.production?.name === facts.slots.production?.name, details: [] },
    { name: 'staging-set-to-package', measured: shortDigest(staging?.digest), limit: shortDigest(wanted), pass: isBuild, details: isBuild ? [] : ['The setting of the staging slot is not what the update wrote. Deploy again.'] },
    { name: 'policy-judged', measured: policy.verdict, limit: 'passed', pass: policy.verdict === 'passed', details: policy.verdict === 'passed' ? [] : ['The policy pack did not run to its end in this update.'] },
  ];
  await session.pass('update', gates);
  if (!staging) throw new Error('A gate passed without a package in the staging slot.');
  const serving = await session.step<Gate>('candidate', { running: 'Waiting for the candidate', done: ({ pass }) => (pass ? 'Every instance of staging serves the candidate' : 'The candidate does not serve') }, async (update) => {
    // The local Azure knows why a slot does not come up, and says it at once; Azure says it in the log of the slot alone.
    const waiting = (await cloud.local?.waitUntilServing(outputs?.siteName ?? '', START_TIMEOUT_MS)) ?? [];
    if (waiting.length > 0) return { name: 'instances-healthy', measured: 'a slot does not serve', limit: 'all ready, one package', pass: false, details: waiting };
    return servesPackage(parts, 'staging', cloud.local ? 0 : START_TIMEOUT_MS, update);
  });
  await session.pass('candidate', [serving]);
  const last = await startOfLastUpdate(pulumi, stack);
  await session.tell({ event: 'deployed', package: staging, policy, ...(commit === undefined ? {} : { commit }), ...(last === undefined ? {} : { update: last }) });
  session.about({ wanted: staging });
  return { package: staging, changes: summary.text, policy };
}

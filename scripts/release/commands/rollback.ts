import { parseActionOptions, type Run } from '../../actions.ts';
import { projectDir } from '../../cloud/folders.ts';
import { nameOfCommit, readCheckout } from '../checkout.ts';
import { conduct } from '../conduct.ts';
import { standingOf } from '../log/releases.ts';
import { openParts } from '../openParts.ts';
import { openStack } from '../openTarget.ts';
import { shortDigest } from '../package.ts';
import { readPackage, rollbackGates } from '../preconditions.ts';
import { addressOf, RELEASE_OPTIONS } from '../releaseOptions.ts';
import type { ReleaseParts } from '../session.ts';
import { showPlan, showResult } from '../show.ts';
import { rollBackTo } from '../steps/rollBack.ts';

/** `npm run release -- rollback`: brings back what production ran before, by a swap and without a build. */
export const rollback: Run = async (context, argv) => {
  const options = parseActionOptions(argv, RELEASE_OPTIONS);
  const address = addressOf(options);
  const { cloud, target } = await openStack(context, address);
  const parts = openParts(context, cloud, target);
  if (options['dry-run'] === true) {
    const { gates, previous, slots } = await look(parts);
    const stands = previous !== undefined && slots.staging?.digest === previous.package.digest;
    return showPlan(context, options.json === true, { stack: address.stack, verb: 'rollback', slots, gates, steps: [
      ...(stands ? [] : ['bring the former package into the staging slot, from its blob']),
      `swap staging and production: production runs ${shortDigest(previous?.package.digest)} again`, 'ask each instance of production for its health', 'read both slots\' settings into the state, pin the staging slot', 'prove that a preview shows no changes',
    ] });
  }
  // The commit of what comes back is in the log; that of the checkout does not matter here.
  const result = await conduct({ parts, verb: 'rollback', commit: nameOfCommit(await readCheckout(projectDir)) }, async (session) => {
    const { gates, previous } = await session.step('preconditions', { running: 'Looking at log and slots', done: () => undefined }, () => look(parts));
    await session.pass('preconditions', gates);
    if (!previous) throw new Error('A gate passed without a former package.');
    session.about({ wanted: previous.package, ...(previous.commit === undefined ? {} : { commit: previous.commit }) });
    return rollBackTo(session, previous.package);
  });
  return showResult(context, options.json === true, result);
};

async function look({ target, slots, log }: ReleaseParts) {
  const [{ slots: found }, events] = await Promise.all([slots.facts(), log.read()]);
  const standing = standingOf(events);
  const { previous } = standing;
  return { gates: rollbackGates(standing, found, previous && await readPackage(target.packages, previous.package)), previous, slots: found };
}

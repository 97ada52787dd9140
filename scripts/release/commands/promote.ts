import { ArgumentError, parseActionOptions, type Run } from '../../actions.ts';
import { parseStack, type StackName } from '../../arguments.ts';
import { projectDir } from '../../cloud/folders.ts';
import { nameOfCommit, readCheckout } from '../checkout.ts';
import { conduct } from '../conduct.ts';
import { openParts } from '../openParts.ts';
import { openStack } from '../openTarget.ts';
import { RELEASE_OPTIONS } from '../releaseOptions.ts';
import { showPlan, showResult } from '../show.ts';
import { carryPackage, lookAtSource } from '../steps/carry.ts';
import { deployCandidate } from '../steps/deploy.ts';
import { lookAtCandidate, promoteCandidate } from '../steps/promote.ts';

const STEPS = [
  'verify staging, all gates', 'show in which settings the slots differ', 'swap staging and production: App Service warms up the candidate first', 'verify production; when it does not hold, swap back',
  'read both slots\' settings into the state, pin the staging slot', 'prove that a preview shows no changes', 'record who may call',
];

/** `npm run release -- promote`: verifies the candidate in the staging slot and swaps it into production; with `--from` and `--to` the very same package is carried from stack to stack before that. */
export const promote: Run = async (context, argv) => {
  const options = parseActionOptions(argv, { ...RELEASE_OPTIONS, from: { type: 'string' }, to: { type: 'string' }, accept: { type: 'string', multiple: true } });
  const { from, to } = stacksOf(options);
  const isAzure = options.azure === true;
  const isJson = options.json === true;
  const checkout = await readCheckout(projectDir);
  const commit = nameOfCommit(checkout);
  const { cloud, target } = await openStack(context, { stack: to, isAzure });
  const parts = openParts(context, cloud, target, options.accept);
  const source = from === undefined ? undefined : await lookAtSource(context, { stack: from, isAzure }, checkout);
  if (options['dry-run'] === true) {
    const { slots } = await parts.slots.facts();
    const gates = source ? source.gates : (await lookAtCandidate(parts, checkout)).gates;
    return showPlan(context, isJson, { stack: to, verb: 'promote', slots, gates, ...(source ? {} : { differences: await parts.slots.differences() }), steps: [
      ...(source ? [`copy the package of stack ${from}, byte for byte`, `pin it to the staging slot of stack ${to}, and update that stack with the policy pack`] : []), ...STEPS,
    ] });
  }
  const result = await conduct({ parts, verb: 'promote', commit, ...(from === undefined ? {} : { from }) }, async (session) => {
    if (source) await deployCandidate(session, cloud, commit, { pinned: await carryPackage(session, source) });
    return promoteCandidate(session, checkout);
  });
  return showResult(context, isJson, result);
};

/** @throws ArgumentError; CommandError BAD_STACK */
function stacksOf({ from, to, stack }: { readonly from?: string | undefined; readonly to?: string | undefined; readonly stack?: string | undefined }): { readonly from: StackName | undefined; readonly to: StackName } {
  if (from === undefined && to === undefined) return { from: undefined, to: parseStack(stack) };
  if (from === undefined || to === undefined || stack !== undefined) throw new ArgumentError('--from and --to go together, and instead of --stack');
  if (from === to) throw new ArgumentError(`--from and --to both name stack "${from}"; within a stack it is --stack alone`);
  return { from: parseStack(from), to: parseStack(to) };
}

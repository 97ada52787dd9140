import { ArgumentError, parseActionOptions, type Run } from '../../actions.ts';
import { progressOf } from '../../commands/commandContext.ts';
import { formatTable } from '../../table.ts';
import { hasPassed, type Verification } from '../gate.ts';
import { standingOf } from '../log/releases.ts';
import { openReleaseLog } from '../log/releaseLog.ts';
import { openTarget } from '../openTarget.ts';
import { shortDigest } from '../package.ts';
import { addressOf, RELEASE_OPTIONS } from '../releaseOptions.ts';
import { newReleaseId } from '../session.ts';
import { SLOTS, type ReleaseTarget, type SlotName } from '../target.ts';
import { formatVerifiedGates } from './formatGates.ts';
import { GATE_NAMES } from './gates/index.ts';
import { verifySlot } from './verifySlot.ts';

/** Exit code when a gate did not pass. */
const EXIT_STOPPED = 3;

/** `npm run release -- verify`: judges a slot as it is deployed, and keeps what was found in the release log. */
export const verify: Run = async (context, argv) => {
  const options = parseActionOptions(argv, { ...RELEASE_OPTIONS, slot: { type: 'string' }, accept: { type: 'string', multiple: true }, gates: { type: 'string' } });
  const slot = slotOf(options.slot);
  const gates = options.gates === undefined ? undefined : gatesOf(options.gates);
  const target = await openTarget(context, addressOf(options));
  const progress = progressOf(context);
  const verification = await progress.step({ running: `Verifying ${slot} of stack ${target.stack}`, done: ({ gates: asked }: Verification) => `${asked.filter(({ pass }) => pass).length} of ${asked.length} gates passed` }, (onStep) =>
    verifySlot(target, { slot, acceptedChanges: (options.accept ?? []).flatMap(listOf), onStep, ...(gates === undefined ? {} : { gates }) }));
  // Some of the gates are no verification, which a promotion to another stack would take for one.
  const isKept = gates === undefined && options['dry-run'] !== true;
  if (isKept) await keep(target, verification);
  const passed = hasPassed(verification);
  context.stdout.write(options.json === true ? `${JSON.stringify({ ...verification, passed, recorded: isKept })}\n` : format(verification, isKept));
  return passed ? 0 : EXIT_STOPPED;
};

/** Adds the verification to the release log, with the commit of the package as far as releases know it. */
async function keep({ releases, stack }: Pick<ReleaseTarget, 'releases' | 'stack'>, verification: Verification): Promise<void> {
  const log = openReleaseLog(releases, stack);
  const { candidate, promoted } = standingOf(await log.read());
  const commit = [candidate, promoted].find((known) => known !== undefined && known.package.digest === verification.packageDigest)?.commit;
  const { packageDigest, gates, ...rest } = verification;
  await log.append(newReleaseId(new Date()), {
    event: 'verified',
    ...(commit === undefined ? {} : { commit }),
    verification: { ...rest, ...(packageDigest === undefined ? {} : { packageDigest }), gates: gates.map((gate) => ({ ...gate, details: [...gate.details] })) },
  });
}

function format(verification: Verification, isKept: boolean): string {
  const { stack, slot, packageDigest, startedAt, finishedAt, gates } = verification;
  return [
    '',
    formatTable([
      ['Stack', `${stack}, slot ${slot}`],
      ['Package', packageDigest === undefined ? 'not one, or not known' : shortDigest(packageDigest)],
      ['Verified', `${finishedAt}, in ${Math.round((Date.parse(finishedAt) - Date.parse(startedAt)) / 1_000)} s${isKept ? '' : '; not kept in the release log'}`],
    ]),
    '',
    formatVerifiedGates(gates),
  ].join('\n').concat('\n');
}

/** @throws ArgumentError */
function slotOf(given = 'staging'): SlotName {
  const slot = SLOTS.find((name) => name === given);
  if (!slot) throw new ArgumentError(`--slot was given "${given}"; there are ${SLOTS.join(', ')}`);
  return slot;
}

/** @throws ArgumentError */
function gatesOf(given: string): ReadonlySet<string> {
  const names = listOf(given);
  const unknown = names.filter((name) => !GATE_NAMES.includes(name));
  if (names.length === 0 || unknown.length > 0) throw new ArgumentError(`--gates was given "${given}"; there are ${GATE_NAMES.join(', ')}`);
  return new Set(names);
}

function listOf(text: string): string[] {
  return text.split(',').map((name) => name.trim()).filter((name) => name !== '');
}

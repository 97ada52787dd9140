import { ArgumentError, parseActionOptions } from '../../actions.ts';
import type { CommandContext } from '../../commands/commandContext.ts';
import { SLOTS } from '../../release/target.ts';
import { formatTable } from '../../table.ts';
import { askSlot, type SlotRound } from '../fleet.ts';
import { describeKeys, keyIdsOf, phaseOf, type Phase } from '../keyRing.ts';
import { openSecrets, TARGET_OPTIONS } from '../openSecrets.ts';
import { ageOfKeyMs, processesOf } from '../report.ts';

const VERSIONS = 20;
const DAY_MS = 24 * 3_600_000;

const NEXT: Readonly<Record<Phase, string>> = {
  'at rest': 'npm run secrets -- rotate, when the key is old enough',
  published: 'npm run secrets -- rotate: a rotation was cut off before its new key minted',
  promoted: 'npm run secrets -- retire',
};

/** `npm run secrets -- status`: which keys the vault holds, how old the current one is, and which processes have them. Exit code 1: it is older than `--max-age-days`. */
export async function status(context: CommandContext, argv: readonly string[]): Promise<number> {
  const { 'max-age-days': maxAge, ...options } = parseActionOptions(argv, { ...TARGET_OPTIONS, 'max-age-days': { type: 'string' } });
  if (maxAge !== undefined && !/^[1-9]\d{0,4}$/.test(maxAge)) throw new ArgumentError(`--max-age-days was given "${maxAge}". Allowed: whole days from 1 to 99999`);
  const { secret, slots, source = 'generated' } = await openSecrets(context, options);
  const { ring, version } = await secret.read();
  const keys = keyIdsOf(ring);
  const versions = await secret.versions(VERSIONS);
  const rounds: SlotRound[] = [];
  for (const slot of SLOTS) rounds.push(await askSlot(slots, slot));
  const ageMs = ageOfKeyMs(keys.current, versions, new Date());
  const processes = rounds.flatMap((round) => processesOf(round, keys));
  const phase = phaseOf(ring);
  const isOld = maxAge !== undefined && ageMs > Number(maxAge) * DAY_MS;
  context.stdout.write(options.json ? `${JSON.stringify({ phase, keys, version, source, ageDays: Math.floor(ageMs / DAY_MS), isOld, versions, processes })}\n` : `${formatTable([
    ['Keys', describeKeys(keys)],
    ['Phase', phase],
    ['Age', `the current key is ${Math.floor(ageMs / DAY_MS)} days old${isOld ? `, more than the ${maxAge} that are allowed` : ''}`],
    ['Source', source === 'generated' ? 'generated' : 'the configuration of the stack: docs/secrets.md says how it is changed there'],
    ['Next', source === 'generated' ? NEXT[phase] : 'docs/secrets.md, "A key from the configuration"'],
  ])}\n\n${formatTable([
    ['Version', 'Created', 'Keys'],
    ...versions.map((one) => [one.version, one.createdAt.toISOString(), one.keys ? describeKeys(one.keys) : 'not readable']),
  ])}\n\n${formatTable([
    ['Slot', 'Instance', 'Keys', 'For'],
    ...processes.map(({ slot, instance, keys: held, heldSeconds, state }) => [slot, instance.slice(0, 8), held ? `${describeKeys(held)}${state === 'as the vault' ? '' : `, ${state}`}` : state, heldSeconds === undefined ? '' : `${heldSeconds} s`]),
  ])}\n`);
  return isOld ? 1 : 0;
}

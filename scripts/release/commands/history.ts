import { ArgumentError, parseActionOptions, type Run } from '../../actions.ts';
import { printable } from '../../audit/printable.ts';
import { formatTable } from '../../table.ts';
import { openJournal, type Journal } from '../journal.ts';
import { lockHolder } from '../lease/leaseLock.ts';
import { openReleaseLog } from '../log/releaseLog.ts';
import { releasesOf, type Release } from '../log/releases.ts';
import { openTarget } from '../openTarget.ts';
import { shortDigest } from '../package.ts';
import { addressOf, RELEASE_OPTIONS } from '../releaseOptions.ts';

const DEFAULT_RELEASES = 20;
const MAX_REASON_CHARACTERS = 80;

/** `npm run release -- history`: who released what, when, and what the gates said. The newest first. */
export const history: Run = async (context, argv) => {
  // Reading changes nothing: --dry-run is taken as every verb takes it.
  const options = parseActionOptions(argv, { ...RELEASE_OPTIONS, limit: { type: 'string' } });
  const limit = Number(options.limit ?? DEFAULT_RELEASES);
  if (!Number.isInteger(limit) || limit < 1) throw new ArgumentError(`--limit was given "${options.limit}". Allowed: a whole number from 1 on`);
  const target = await openTarget(context, addressOf(options));
  const [events, underWay, holder] = await Promise.all([openReleaseLog(target.releases, target.stack).read(), openJournal(target.releases, target.stack).read(), lockHolder(target.releases, target.stack)]);
  const releases = releasesOf(events).reverse().slice(0, limit);
  const isHeld = holder !== undefined && holder.release === underWay?.release;
  if (options.json) context.stdout.write(`${JSON.stringify({ stack: target.stack, releases, underWay: underWay && { ...underWay, isHeld } })}\n`);
  else context.stdout.write(`${underWay ? `${describe(underWay, isHeld)}\n\n` : ''}${releases.length === 0 ? 'No releases.' : formatTable([['Time', 'Release', 'Verb', 'By', 'Commit', 'Production', 'Gates', 'Outcome'], ...releases.map((release) => rowOf(release).map(printable))])}\n`);
  return 0;
};

function describe({ release, verb, by, host, step, stepSince }: Journal, isHeld: boolean): string {
  return `${verb} ${release} of ${by.oid} on ${host} ${isHeld ? 'is under way, at' : 'was cut off at'} step "${step}" since ${stepSince}.${isHeld ? '' : ' The next release looks at the slots, and finishes or undoes it.'}`;
}

function rowOf({ id, startedAt, verb, from, by, commit, before, after, gates, verifications, outcome, reason, takenOver }: Release): string[] {
  const asked = [...gates, ...verifications].flatMap((group) => group.gates);
  const failed = asked.filter(({ pass }) => !pass).map(({ name }) => name);
  const production = [before, after].map((slots) => shortDigest(slots?.production?.digest));
  return [
    startedAt.slice(0, 19), id, from === undefined ? verb : `${verb} from ${from}`, by.oid, commit === undefined ? 'none' : `${commit.slice(0, 12)}${commit.endsWith('-dirty') ? '-dirty' : ''}`,
    production[0] === production[1] || after === undefined ? production[0] ?? '' : production.join(' > '),
    failed.length === 0 ? `${asked.length} passed` : `failed: ${failed.join(', ')}`,
    `${outcome ?? 'open'}${takenOver.length === 0 ? '' : ' (taken over)'}${reason === undefined ? '' : `: ${cut(reason.split('\n')[0] ?? '')}`}`,
  ];
}

/** The whole reason stands in the answer to --json. */
function cut(text: string): string {
  return text.length > MAX_REASON_CHARACTERS ? `${text.slice(0, MAX_REASON_CHARACTERS - 1)}…` : text;
}

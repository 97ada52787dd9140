import { formatElapsed } from '../../progress.ts';
import { formatTable } from '../../table.ts';
import { shortDigest } from '../package.ts';
import type { LastJudgement, NoStack, Pending, SlotStatus, StackStatus } from './readStatus.ts';

const SHORT_COMMIT = 10;
const DAY_MS = 86_400_000;

/** Stacks one below the other, for a terminal of 100 columns. */
export function formatStatus(stacks: readonly (StackStatus | NoStack)[], now: Date): string {
  return stacks.map((stack) => (stack.isDeployed ? formatStack(stack, now) : `Stack ${stack.stack}: not deployed. Deploy it: npm run release -- deploy --stack ${stack.stack}`)).join('\n\n').concat('\n');
}

function formatStack({ stack, slots: { production, staging }, lastSwap, policy, pending, underWay }: StackStatus, now: Date): string {
  const row = (title: string, of: (slot: SlotStatus) => string): string[] => [title, of(production), of(staging)];
  const rows = [
    [`Stack ${stack}`, 'Production', 'Staging'],
    row('Package', ({ packageDigest }) => shortDigest(packageDigest)),
    row('Commit', ({ commit }) => shortCommit(commit)),
    row('Version', ({ version, packagedAt }) => `${version ?? 'unknown'}, ${packagedAt === undefined ? 'of unknown age' : `${ageOf(packagedAt, now)} old`}`),
    row('Instances', ({ instances: { ready, listed } }) => `${ready} of ${listed} ready`),
    row('Health', ({ health }) => health),
  ];
  const lines = [
    ['Last swap', lastSwap ? `${lastSwap.at ?? 'at an unknown time'}, ${lastSwap.source ?? '?'} to ${lastSwap.destination ?? '?'}` : 'none'],
    ['Policy', describeJudgement(policy)],
    ['Pending', describePending(pending, stack, shortDigest(staging.packageDigest))],
    ['Under way', underWay === null ? 'nothing' : `${underWay.verb} ${underWay.release} since ${underWay.since}${underWay.step === undefined ? '' : `, at step "${underWay.step}"`}${underWay.isRunning ? '' : '; it was cut off, and the next release goes on from there'}`],
  ];
  const problems = [['production', production], ['staging', staging]] as const;
  return [formatTable(rows), formatTable(lines), ...problems.flatMap(([name, slot]) => slot.problems.map((problem) => `  ${name}: ${problem}`))].join('\n');
}

function describePending(pending: Pending, stack: string, staged: string): string {
  switch (pending) {
    case 'none': return 'nothing';
    case 'candidate': return `${staged} waits for promotion: npm run release -- promote --stack ${stack}`;
    case 'former': return `nothing; ${staged} is what production ran before, for a rollback`;
    case 'other': return `${staged} is no candidate of a release: npm run release -- deploy --stack ${stack}`;
  }
}

function describeJudgement({ verdict, pack, at = 'an unknown time' }: LastJudgement): string {
  switch (verdict) {
    case 'unknown': return `unknown: no evidence is kept here of the update of ${at}`;
    case 'unjudged': return `unjudged: the update of ${at} ran without the pack, or not to its end`;
    default: return [verdict, pack, at].filter((text) => text !== undefined).join(', ');
  }
}

function shortCommit(commit: string | undefined): string {
  if (commit === undefined) return 'unknown';
  const [hash = '', ...marks] = commit.split('-');
  return [hash.slice(0, SHORT_COMMIT), ...marks].join('-');
}

function ageOf(at: string, now: Date): string {
  const ageMs = now.getTime() - Date.parse(at);
  return ageMs < DAY_MS ? formatElapsed(ageMs) : `${Math.floor(ageMs / DAY_MS)} days`;
}

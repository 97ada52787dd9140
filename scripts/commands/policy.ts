import { runAction, type Action } from '../actions.ts';
import type { CommandContext } from './commandContext.ts';

const actions: Readonly<Record<string, Action>> = {
  report: {
    usage: ['npm run policy -- report [--stack staging|prod]... [--of preview,deployed,live] [--out FOLDER] [--azure] [--json]'],
    load: async () => (await import('../policy/commands/report.ts')).report,
  },
  diff: {
    usage: ['npm run policy -- diff BEFORE AFTER [--markdown] [--json]'],
    load: async () => (await import('../policy/commands/diff.ts')).diff,
  },
};

const notes = [
  '--of: preview is what an update would make, deployed the state that the last one left, live what Azure answers now; all when absent, for stacks that are deployed',
  '--azure: in the subscription and the state that this shell is signed in to (az login, pulumi login), not on the local Azure',
  'BEFORE, AFTER: two reports, each its policy-report.json or its folder',
];

/** `npm run policy`: what the policy pack makes of the stacks. Exit code 3: something is against a rule at level mandatory, or was not judged; of a difference, something got worse. */
export function policy(context: CommandContext): Promise<number> {
  return runAction(context, { actions, notes });
}

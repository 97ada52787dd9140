import { runAction, type Action } from '../actions.ts';
import type { CommandContext } from './commandContext.ts';

const actions: Readonly<Record<string, Action>> = {
  diff: {
    usage: ['npm run policy -- diff BEFORE AFTER [--json|--markdown]'],
    load: async () => (await import('../policy/commands/diff.ts')).diff,
  },
};

const notes = ['BEFORE, AFTER: a policy-report.json, or the folder that it stands in'];

/** `npm run policy`: what the policy pack makes of the stacks. Exit code 3: something got worse. */
export function policy(context: CommandContext): Promise<number> {
  return runAction(context, { actions, notes });
}

import { runAction, type Action } from '../actions.ts';
import type { CommandContext } from './commandContext.ts';

const actions: Readonly<Record<string, Action>> = {
  status: {
    usage: ['npm run release -- status [WHERE] [--json]'],
    load: async () => (await import('../release/status/command.ts')).status,
  },
  deploy: {
    usage: ['npm run release -- deploy [WHERE] [--dry-run] [--json]'],
    load: async () => (await import('../release/commands/deploy.ts')).deploy,
  },
  verify: {
    usage: ['npm run release -- verify [--slot staging|production] [--accept CHANGE,…] [--gates NAME,…] [WHERE] [--dry-run] [--json]'],
    load: async () => (await import('../release/verify/command.ts')).verify,
  },
  promote: {
    usage: [
      'npm run release -- promote [--accept CHANGE]… [WHERE] [--dry-run] [--json]',
      'npm run release -- promote --from STACK --to STACK [--accept CHANGE]… [--azure] [--dry-run] [--json]',
    ],
    load: async () => (await import('../release/commands/promote.ts')).promote,
  },
  rollback: {
    usage: ['npm run release -- rollback [WHERE] [--dry-run] [--json]'],
    load: async () => (await import('../release/commands/rollback.ts')).rollback,
  },
  history: {
    usage: ['npm run release -- history [--limit N] [WHERE] [--json]'],
    load: async () => (await import('../release/commands/history.ts')).history,
  },
};

const notes = [
  'WHERE: --stack staging|prod on the Azure on loopback, or with --azure in the subscription that the shell is signed in to',
  'CHANGE: a change of what production offers, by the id that verify gives it',
];

/** `npm run release`: brings a package from the checkout into production, and back. Exit codes: 0 done, 1 failed, 2 called wrongly, 3 a gate stopped it, 4 another release holds the lock. */
export function release(context: CommandContext): Promise<number> {
  return runAction(context, { actions, notes });
}

import { runAction, type Action } from '../actions.ts';
import type { CommandContext } from './commandContext.ts';

const actions: Readonly<Record<string, Action>> = {
  deny: {
    usage: ['npm run access -- deny --principal OID | --client ID | --tool NAME  --reason TEXT [--until TIME] [WHERE] [--json]'],
    load: async () => (await import('../access/commands/deny.ts')).deny,
  },
  allow: {
    usage: ['npm run access -- allow RULE_ID [WHERE] [--json]'],
    load: async () => (await import('../access/commands/allow.ts')).allow,
  },
  list: {
    usage: ['npm run access -- list [WHERE] [--json]'],
    load: async () => (await import('../access/commands/list.ts')).list,
  },
};

const notes = ['WHERE: --stack staging|prod, or --blob-url URL --key-url URL'];

/** `npm run access`: blocks and unblocks callers, clients and tools, on all instances within seconds and without a deployment. */
export function access(context: CommandContext): Promise<number> {
  return runAction(context, { actions, notes });
}

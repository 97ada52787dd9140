import { runAction, type Action } from '../actions.ts';
import type { CommandContext } from './commandContext.ts';

const actions: Readonly<Record<string, Action>> = {
  status: {
    usage: ['npm run secrets -- status [--max-age-days N] [WHERE] [--json]'],
    load: async () => (await import('../secrets/commands/status.ts')).status,
  },
  rotate: {
    usage: ['npm run secrets -- rotate [--emergency] [WHERE] [--json]'],
    load: async () => (await import('../secrets/commands/rotate.ts')).rotate,
  },
  retire: {
    usage: ['npm run secrets -- retire [--at-once] [WHERE] [--json]'],
    load: async () => (await import('../secrets/commands/retire.ts')).retire,
  },
  refresh: {
    usage: ['npm run secrets -- refresh [WHERE] [--json]'],
    load: async () => (await import('../secrets/commands/refresh.ts')).refresh,
  },
  next: {
    usage: ['npm run --silent secrets -- next [--emergency] < value > value that follows it'],
    load: async () => (await import('../secrets/commands/next.ts')).next,
  },
};

const notes = ['WHERE: --stack staging|prod for the local Azure, or --outputs FILE --subscription ID, where FILE holds "pulumi stack output --json"; --timeout-s N for each step (900)'];

/** `npm run secrets`: rotates the request-state key, without a request that fails. */
export function secrets(context: CommandContext): Promise<number> {
  return runAction(context, { actions, notes });
}

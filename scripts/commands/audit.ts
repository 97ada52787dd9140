import { runAction, type Action } from '../actions.ts';
import type { CommandContext } from './commandContext.ts';

const actions: Readonly<Record<string, Action>> = {
  calls: {
    usage: ['npm run audit -- calls [--person OID] [--agent ID] [--tool NAME] [--outcome NAME] [--limit N] [PERIOD] [WHERE] [--json]'],
    load: async () => (await import('../audit/commands/calls.ts')).calls,
  },
  show: {
    usage: ['npm run audit -- show CALL_ID [PERIOD] [WHERE] [--json]'],
    load: async () => (await import('../audit/commands/show.ts')).show,
  },
  verify: {
    usage: ['npm run audit -- verify [--download FOLDER] [PERIOD] [WHERE] [--json]'],
    load: async () => (await import('../audit/commands/verify.ts')).verify,
  },
  export: {
    usage: ['npm run audit -- export [PERIOD] [WHERE]'],
    load: async () => (await import('../audit/commands/export.ts')).exportLines,
  },
  operations: {
    usage: ['npm run audit -- operations [PERIOD] [WHERE] [--json]'],
    load: async () => (await import('../audit/commands/operations.ts')).operations,
  },
  link: {
    usage: [
      'npm run audit -- link CALL_ID --type commit|pull_request|deployment|incident|other --reference TEXT [--url URL] [PERIOD] [WHERE] [--json]',
      'npm run audit -- link --git RANGE [--repository FOLDER] [PERIOD] [WHERE] [--json]',
    ],
    load: async () => (await import('../audit/commands/link.ts')).link,
  },
  access: {
    usage: ['npm run audit -- access --at DAY|TIME [--person OID] [--client ID] [--tool NAME] [WHERE] [--json]'],
    load: async () => (await import('../audit/commands/accessAt.ts')).accessAt,
  },
  snapshot: {
    usage: ['npm run audit -- snapshot [--application ID] [WHERE] [--json]'],
    load: async () => (await import('../audit/commands/snapshot.ts')).snapshot,
  },
};

const notes = [
  'PERIOD: --from YYYY-MM-DD --to YYYY-MM-DD, days on which calls happened (UTC); the last 30, or those of the copy, when absent',
  'WHERE: --stack staging|prod, or --blob-url URL --key-url URL, or --offline FOLDER as verify --download wrote it',
];

/** `npm run audit`: what the record of calls says. Exit code 3: it is not as it was written. */
export function audit(context: CommandContext): Promise<number> {
  return runAction(context, { actions, notes });
}

import { parseActionOptions } from '../../actions.ts';
import { openWhere, WHERE_OPTIONS } from '../../audit/commands/recordOptions.ts';
import type { CommandContext } from '../../commands/commandContext.ts';
import { formatTable } from '../../table.ts';
import { denyListStore } from '../denyListStore.ts';
import { isStanding } from '../denyRules.ts';

/** `npm run access -- list`: the rules that hold. */
export async function list(context: CommandContext, argv: readonly string[]): Promise<number> {
  const options = parseActionOptions(argv, WHERE_OPTIONS);
  const { held } = await denyListStore((await openWhere(context, options)).containers.access).read();
  const rules = held.rules.filter((rule) => isStanding(rule, new Date()));
  context.stdout.write(options.json ? `${JSON.stringify(rules)}\n` : rules.length === 0 ? 'Nobody is blocked.\n'
    : `${formatTable([['Rule', 'Against', 'Since', 'Until', 'By', 'Reason'], ...rules.map(({ id, kind, value, at, until, by, reason }) => [id, `${kind} ${value}`, at, until ?? '', by, reason])])}\n`);
  return 0;
}

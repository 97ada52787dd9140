import { parseActionOnOne } from '../../actions.ts';
import { WHERE_OPTIONS } from '../../audit/commands/recordOptions.ts';
import type { CommandContext } from '../../commands/commandContext.ts';
import { allowAccess } from '../changeAccess.ts';
import { openAccess } from './openAccess.ts';

/** `npm run access -- allow RULE_ID`: takes a rule back. Run again it completes what was cut off. */
export async function allow(context: CommandContext, argv: readonly string[]): Promise<number> {
  const { options, one: id } = parseActionOnOne(argv, WHERE_OPTIONS, 'rule');
  const { rule, isNew } = await allowAccess(await openAccess(context, options), id);
  const told = isNew ? 'is taken back; every instance knows within 20 seconds' : 'was taken back by a run that was cut off; the record says so now';
  context.stdout.write(options.json ? `${JSON.stringify(rule)}\n` : `Rule ${rule.id} against ${rule.kind} ${rule.value} ${told}.\n`);
  return 0;
}

import { ArgumentError, parseActionOptions } from '../../actions.ts';
import { GUID } from '../../arguments.ts';
import { WHERE_OPTIONS } from '../../audit/commands/recordOptions.ts';
import type { CommandContext } from '../../commands/commandContext.ts';
import { formatTable } from '../../table.ts';
import { denyAccess } from '../changeAccess.ts';
import type { NewRule } from '../denyRules.ts';
import { openAccess } from './openAccess.ts';

interface RuleOptions { readonly principal?: string | undefined; readonly client?: string | undefined; readonly tool?: string | undefined; readonly reason?: string | undefined; readonly until?: string | undefined }

/** `npm run access -- deny`: blocks a principal, a client or a tool. Run again it completes what was cut off. */
export async function deny(context: CommandContext, argv: readonly string[]): Promise<number> {
  const options = parseActionOptions(argv, { ...WHERE_OPTIONS, principal: { type: 'string' }, client: { type: 'string' }, tool: { type: 'string' }, reason: { type: 'string' }, until: { type: 'string' } });
  const wanted = newRuleOf(options);
  const { rule, isNew } = await denyAccess(await openAccess(context, options), wanted);
  context.stdout.write(options.json ? `${JSON.stringify(rule)}\n` : `${formatTable([
    ['Rule', isNew ? rule.id : `${rule.id}, since ${rule.at}`],
    ['Against', `${rule.kind} ${rule.value}`],
    ['Until', rule.until ?? 'it is taken back'],
    ['Holds', 'on every instance within 20 seconds'],
    ['Take back', `npm run access -- allow ${rule.id}`],
  ])}\n`);
  return 0;
}

function newRuleOf({ principal, client, tool, reason, until }: RuleOptions): NewRule {
  const targets = (['principal', 'client', 'tool'] as const).flatMap((kind) => {
    const value = { principal, client, tool }[kind];
    return value === undefined ? [] : [{ kind, value }];
  });
  const [target, ...others] = targets;
  if (!target || others.length > 0) throw new ArgumentError(`${targets.length} of --principal, --client and --tool were given; one rule stands against one of them`);
  if (target.kind !== 'tool' && !GUID.test(target.value)) throw new ArgumentError(`--${target.kind} was given "${target.value}". Allowed: a GUID, the object id of a principal or the id of a client`);
  if (reason === undefined || reason.trim() === '') throw new ArgumentError('--reason is missing: the record says why');
  if (until !== undefined && !(Date.parse(until) > Date.now())) throw new ArgumentError(`--until was given "${until}". Allowed: a time to come, such as 2030-01-31T12:00Z`);
  return { ...target, reason, until };
}

import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { createRule, withoutRule, withRule, type DenyList, type DenyRule, type NewRule } from '../access/denyRules.ts';
import { DENY_LIST, readDenyList } from '../access/readDenyList.ts';
import { GUID } from '../arguments.ts';
import type { OpenRecord } from '../audit/openRecord.ts';
import { operatorOf, recordOperation } from '../audit/operatorStream.ts';
import { openRecordOf, RECORD_OPTIONS } from '../audit/recordOptions.ts';
import { CommandError } from '../commandError.ts';
import { formatTable } from '../table.ts';
import type { CommandContext } from './commandContext.ts';

const USAGE = [
  'npm run access -- deny --principal OID | --client ID | --tool NAME  --reason TEXT [--until TIME] [WHERE] [--json]',
  'npm run access -- allow RULE_ID [WHERE] [--json]',
  'npm run access -- list [WHERE] [--json]',
  'WHERE: --stack staging|prod, or --blob-url URL --key-url URL',
].map((line) => `\n  ${line}`).join('');

const CONFLICTS: readonly number[] = [409, 412];
const MAX_ATTEMPTS = 5;

type Action = (context: CommandContext, argv: readonly string[]) => Promise<number>;
const actions: Readonly<Record<string, Action>> = { deny, allow, list };

/** `npm run access`: blocks and unblocks callers, clients and tools, on all instances within seconds and without a deployment. */
export async function access(context: CommandContext): Promise<number> {
  const [name = '', ...argv] = context.argv;
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (!action) throw badArgument(name === '' ? 'No action was given' : `There is no action "${name}"`);
  return await action(context, argv);
}

async function deny(context: CommandContext, argv: readonly string[]): Promise<number> {
  const { options, positionals } = parse(argv, { ...RECORD_OPTIONS, principal: { type: 'string' }, client: { type: 'string' }, tool: { type: 'string' }, reason: { type: 'string' }, until: { type: 'string' } });
  if (positionals.length > 0) throw badArgument(`"${positionals.join(' ')}" is no option`);
  const wanted = newRuleOf(options);
  const record = await openRecordOf(context, options);
  const { rule } = await change(record, (held, by, now) => {
    const created = createRule(wanted, by, now);
    return { list: withRule(held, created, now), rule: created, operation: 'access.deny' };
  });
  context.stdout.write(options.json ? `${JSON.stringify(rule)}\n` : `${formatTable([['Rule', rule.id], ['Against', `${rule.kind} ${rule.value}`], ['Until', rule.until ?? 'it is taken back'], ['Holds', 'on every instance within 20 seconds'], ['Take back', `npm run access -- allow ${rule.id}`]])}\n`);
  return 0;
}

async function allow(context: CommandContext, argv: readonly string[]): Promise<number> {
  const { options, positionals: [id, ...others] } = parse(argv, RECORD_OPTIONS);
  if (id === undefined || others.length > 0) throw badArgument(id === undefined ? 'No rule was given' : 'More than one rule was given');
  const { rule } = await change(await openRecordOf(context, options), (held, _by, now) => {
    const { list: left, removed } = withoutRule(held, id, now);
    return { list: left, rule: removed, operation: 'access.allow' };
  });
  context.stdout.write(options.json ? `${JSON.stringify(rule)}\n` : `Rule ${rule.id} against ${rule.kind} ${rule.value} is taken back; every instance knows within 20 seconds.\n`);
  return 0;
}

async function list(context: CommandContext, argv: readonly string[]): Promise<number> {
  const { options, positionals } = parse(argv, RECORD_OPTIONS);
  if (positionals.length > 0) throw badArgument(`"${positionals.join(' ')}" is no option`);
  const { held: { rules } } = await readDenyList((await openRecordOf(context, options)).containers.access);
  context.stdout.write(options.json ? `${JSON.stringify(rules)}\n` : rules.length === 0 ? 'Nobody is blocked.\n'
    : `${formatTable([['Rule', 'Against', 'Since', 'Until', 'By', 'Reason'], ...rules.map(({ id, kind, value, at, until, by, reason }) => [id, `${kind} ${value}`, at, until ?? '', by, reason])])}\n`);
  return 0;
}

interface Options { principal?: string | undefined; client?: string | undefined; tool?: string | undefined; reason?: string | undefined; until?: string | undefined }

function newRuleOf({ principal, client, tool, reason, until }: Options): NewRule {
  const targets = (['principal', 'client', 'tool'] as const).flatMap((kind) => {
    const value = { principal, client, tool }[kind];
    return value === undefined ? [] : [{ kind, value }];
  });
  const [target, ...others] = targets;
  if (!target || others.length > 0) throw badArgument(`${targets.length} of --principal, --client and --tool were given; one rule stands against one of them`);
  if (target.kind !== 'tool' && !GUID.test(target.value)) throw badArgument(`--${target.kind} was given "${target.value}". Allowed: a GUID, the object id of a principal or the id of a client`);
  if (reason === undefined || reason.trim() === '') throw badArgument('--reason is missing: the record says why');
  if (until !== undefined && !(Date.parse(until) > Date.now())) throw badArgument(`--until was given "${until}". Allowed: a time to come, such as 2030-01-31T12:00Z`);
  return { ...target, reason, until };
}

interface Change { readonly list: DenyList; readonly rule: DenyRule; readonly operation: string }

/**
 * Records the change first and makes it then: a run that is cut off between the two leaves a record of something that did not happen, which the next list shows, and never a
 * change that nobody recorded. Somebody else's change meanwhile is kept: the list is read again.
 */
async function change(record: OpenRecord, decide: (held: DenyList, by: string, now: Date) => Change): Promise<Change> {
  const operator = operatorOf(await record.token('https://storage.azure.com/.default'));
  let recorded: Change | undefined;
  for (let attempt = 1; ; attempt += 1) {
    const now = new Date();
    const { held, etag } = await readDenyList(record.containers.access);
    const decided = decide(held, operator.oid, now);
    const wanted = recorded ? { ...decided, rule: recorded.rule, list: decided.operation === 'access.deny' ? withRule(held, recorded.rule, now) : decided.list } : decided;
    if (!recorded) await recordOperation(record, [{ kind: 'operation', operation: wanted.operation, by: operator, details: wanted.rule }], now);
    recorded = wanted;
    const text = JSON.stringify(wanted.list);
    try {
      await record.containers.access.getBlockBlobClient(DENY_LIST).upload(text, Buffer.byteLength(text), { conditions: etag === undefined ? { ifNoneMatch: '*' } : { ifMatch: etag } });
      return wanted;
    } catch (error) {
      if (!CONFLICTS.includes((error as { statusCode?: number }).statusCode ?? 0) || attempt === MAX_ATTEMPTS) throw new CommandError('ACCESS_NOT_CHANGED', `The list of the denied was not changed: ${(error as Error).message} Run the command again.`);
    }
  }
}

function parse<T extends ParseArgsOptionsConfig>(argv: readonly string[], options: T) {
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, strict: true, allowPositionals: true });
    return { options: values, positionals };
  } catch (error) {
    throw badArgument((error as Error).message);
  }
}

function badArgument(problem: string): CommandError {
  return new CommandError('BAD_ARGUMENT', `${problem}. Allowed:${USAGE}`, 2);
}

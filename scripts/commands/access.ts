import type { ParseArgsOptionsConfig } from 'node:util';
import type { ContainerClient } from '@azure/storage-blob';
import { createRule, denyListSchema, NO_RULES, withoutRule, withRule, type DenyList, type DenyRule, type NewRule } from '../access/denyRules.ts';
import { ArgumentError, parseActionOnOne, parseActionOptions, runAction, type Action } from '../actions.ts';
import { parseStack } from '../arguments.ts';
import { openRecord, type OpenRecord } from '../audit/openRecord.ts';
import { operatorOf, recordOperation } from '../audit/operatorStream.ts';
import { CommandError } from '../commandError.ts';
import { formatTable } from '../table.ts';
import type { CommandContext } from './commandContext.ts';

const WHERE = { stack: { type: 'string' }, 'blob-url': { type: 'string' }, 'key-url': { type: 'string' }, json: { type: 'boolean' } } as const satisfies ParseArgsOptionsConfig;
const GUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const BLOB = 'deny.json';
const CONFLICTS: readonly number[] = [409, 412];
const MAX_ATTEMPTS = 5;

const actions: Readonly<Record<string, Action>> = {
  deny: { usage: ['npm run access -- deny --principal OID | --client ID | --tool NAME  --reason TEXT [--until TIME] [WHERE] [--json]'], load: async () => deny },
  allow: { usage: ['npm run access -- allow RULE_ID [WHERE] [--json]'], load: async () => allow },
  list: { usage: ['npm run access -- list [WHERE] [--json]'], load: async () => list },
};
const notes = ['WHERE: --stack staging|prod, or --blob-url URL --key-url URL'];

/** `npm run access`: blocks and unblocks callers, clients and tools, on all instances within seconds and without a deployment. */
export function access(context: CommandContext): Promise<number> {
  return runAction(context, { actions, notes });
}

async function deny(context: CommandContext, argv: readonly string[]): Promise<number> {
  const options = parseActionOptions(argv, { ...WHERE, principal: { type: 'string' }, client: { type: 'string' }, tool: { type: 'string' }, reason: { type: 'string' }, until: { type: 'string' } });
  const wanted = newRuleOf(options);
  const record = await open(context, options);
  const { rule } = await change(record, (held, by, now) => {
    const created = createRule(wanted, by, now);
    return { list: withRule(held, created, now), rule: created, operation: 'access.deny' };
  });
  context.stdout.write(options.json ? `${JSON.stringify(rule)}\n` : `${formatTable([['Rule', rule.id], ['Against', `${rule.kind} ${rule.value}`], ['Until', rule.until ?? 'it is taken back'], ['Holds', 'on every instance within 20 seconds'], ['Take back', `npm run access -- allow ${rule.id}`]])}\n`);
  return 0;
}

async function allow(context: CommandContext, argv: readonly string[]): Promise<number> {
  const { options, one: id } = parseActionOnOne(argv, WHERE, 'rule');
  const { rule } = await change(await open(context, options), (held, _by, now) => {
    const { list: left, removed } = withoutRule(held, id, now);
    return { list: left, rule: removed, operation: 'access.allow' };
  });
  context.stdout.write(options.json ? `${JSON.stringify(rule)}\n` : `Rule ${rule.id} against ${rule.kind} ${rule.value} is taken back; every instance knows within 20 seconds.\n`);
  return 0;
}

async function list(context: CommandContext, argv: readonly string[]): Promise<number> {
  const options = parseActionOptions(argv, WHERE);
  const { held: { rules } } = await read((await open(context, options)).containers.access);
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
  if (!target || others.length > 0) throw new ArgumentError(`${targets.length} of --principal, --client and --tool were given; one rule stands against one of them`);
  if (target.kind !== 'tool' && !GUID.test(target.value)) throw new ArgumentError(`--${target.kind} was given "${target.value}". Allowed: a GUID, the object id of a principal or the id of a client`);
  if (reason === undefined || reason.trim() === '') throw new ArgumentError('--reason is missing: the record says why');
  if (until !== undefined && !(Date.parse(until) > Date.now())) throw new ArgumentError(`--until was given "${until}". Allowed: a time to come, such as 2030-01-31T12:00Z`);
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
    const { held, etag } = await read(record.containers.access);
    const decided = decide(held, operator.oid, now);
    const wanted = recorded ? { ...decided, rule: recorded.rule, list: decided.operation === 'access.deny' ? withRule(held, recorded.rule, now) : decided.list } : decided;
    if (!recorded) await recordOperation(record, [{ kind: 'operation', operation: wanted.operation, by: operator, details: wanted.rule }], now);
    recorded = wanted;
    const text = JSON.stringify(wanted.list);
    try {
      await record.containers.access.getBlockBlobClient(BLOB).upload(text, Buffer.byteLength(text), { conditions: etag === undefined ? { ifNoneMatch: '*' } : { ifMatch: etag } });
      return wanted;
    } catch (error) {
      if (!CONFLICTS.includes((error as { statusCode?: number }).statusCode ?? 0) || attempt === MAX_ATTEMPTS) throw new CommandError('ACCESS_NOT_CHANGED', `The list of the denied was not changed: ${(error as Error).message} Run the command again.`);
    }
  }
}

async function read(container: ContainerClient): Promise<{ held: DenyList; etag: string | undefined }> {
  const blob = container.getBlockBlobClient(BLOB);
  try {
    const { etag } = await blob.getProperties();
    return { held: denyListSchema.parse(JSON.parse((await blob.downloadToBuffer(0, undefined, { conditions: { ...(etag === undefined ? {} : { ifMatch: etag }) } })).toString('utf8'))), etag };
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return { held: NO_RULES, etag: undefined };
    throw error;
  }
}

function open(context: CommandContext, options: { stack?: string | undefined; 'blob-url'?: string | undefined; 'key-url'?: string | undefined }): Promise<OpenRecord> {
  return openRecord(context, { stack: parseStack(options.stack), blobUrl: options['blob-url'], keyUrl: options['key-url'] });
}

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { parseStack } from '../arguments.ts';
import { accessAt } from '../audit/commands/accessAt.ts';
import { snapshot } from '../audit/commands/snapshot.ts';
import { parseHead, type CallLine } from '../audit/lines.ts';
import { openRecord } from '../audit/openRecord.ts';
import { createSignatureCheck, keySetSchema, readPublicKeys, type KeySet } from '../audit/publicKeys.ts';
import { blobSource, daysOf, folderSource, readStreams, type BlobSource, type Period } from '../audit/source.ts';
import { selectCalls, storyOf, type Story } from '../audit/story.ts';
import { verifyStream, type VerifiedStream } from '../audit/verifyStream.ts';
import { CommandError } from '../commandError.ts';
import { formatTable } from '../table.ts';
import { progressOf, type CommandContext } from './commandContext.ts';

const USAGE = [
  'npm run audit -- calls [--person OID] [--agent ID] [--tool NAME] [--outcome NAME] [--limit N] [PERIOD] [WHERE] [--json]',
  'npm run audit -- show CALL_ID [PERIOD] [WHERE] [--json]',
  'npm run audit -- verify [--download FOLDER] [PERIOD] [WHERE] [--json]',
  'npm run audit -- export [PERIOD] [WHERE]',
  'npm run audit -- access --at DAY|TIME [--person OID] [--client ID] [--tool NAME] [WHERE] [--json]',
  'npm run audit -- snapshot [--application ID] [WHERE] [--json]',
  'PERIOD: --from YYYY-MM-DD --to YYYY-MM-DD, days on which a process of the server started (UTC); the last 30 when absent',
  'WHERE: --stack staging|prod, or --blob-url URL --key-url URL, or --offline FOLDER as verify --download wrote it',
].map((line) => `\n  ${line}`).join('');

/** Exit code of `verify` when the record is not as it was written. */
const EXIT_FINDINGS = 3;
const DEFAULT_DAYS = 30;
const MAX_LIMIT = 10_000;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const KEYS_FILE = 'keys.json';

const WHERE = {
  from: { type: 'string' }, to: { type: 'string' }, stack: { type: 'string' }, 'blob-url': { type: 'string' }, 'key-url': { type: 'string' }, offline: { type: 'string' }, json: { type: 'boolean' },
} as const satisfies ParseArgsOptionsConfig;

type Action = (context: CommandContext, argv: readonly string[]) => Promise<number>;
const actions: Readonly<Record<string, Action>> = { calls, show, verify, export: exportLines, access: accessAt, snapshot };

/** `npm run audit`: what the record of calls says. Exit code 3 of `verify`: it is not as it was written. */
export async function audit(context: CommandContext): Promise<number> {
  const [name = '', ...argv] = context.argv;
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (!action) throw badArgument(name === '' ? 'No action was given' : `There is no action "${name}"`);
  return await action(context, argv);
}

async function calls(context: CommandContext, argv: readonly string[]): Promise<number> {
  const { options, positionals } = parse(argv, { ...WHERE, person: { type: 'string' }, agent: { type: 'string' }, tool: { type: 'string' }, outcome: { type: 'string' }, limit: { type: 'string' } });
  if (positionals.length > 0) throw badArgument(`"${positionals.join(' ')}" is no option`);
  const limit = Number(options.limit ?? '50');
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) throw badArgument(`--limit was given "${options.limit}". Allowed: a whole number from 1 to ${MAX_LIMIT}`);
  const { streams } = await readAll(context, options);
  const found = selectCalls(streams, options, limit);
  context.stdout.write(options.json ? `${JSON.stringify(found)}\n` : found.length === 0 ? 'No calls.\n' : `${formatTable([['Time', 'Call', 'Person', 'Agent', 'Tool', 'Outcome', 'ms'], ...found.map(rowOf)])}\n`);
  return 0;
}

function rowOf({ at, callId, delegation, tool, outcome, durationMs }: CallLine): string[] {
  return [at, callId, delegation.person ?? '', delegation.agent ?? delegation.client, tool, outcome, durationMs.toFixed(1)];
}

async function show(context: CommandContext, argv: readonly string[]): Promise<number> {
  const { options, positionals: [callId, ...others] } = parse(argv, WHERE);
  if (callId === undefined || others.length > 0) throw badArgument(callId === undefined ? 'No call id was given' : 'More than one call id was given');
  const { streams, period } = await readAll(context, options);
  const story = storyOf(callId, streams);
  if (!story) throw new CommandError('AUDIT_NO_SUCH_CALL', `No record of call ${callId} stands in the streams that began from ${period.from} to ${period.to}. Look at other days with --from and --to.`);
  context.stdout.write(options.json ? `${JSON.stringify(story)}\n` : formatStory(story));
  return 0;
}

function formatStory({ call, hasIntent, served, stream, verification, changes }: Story): string {
  const { principal, delegation, decision, arguments: args } = call;
  const ended = call.kind === 'call' ? call : undefined;
  return `${formatTable([
    ['Call', call.callId],
    ['Time', call.at],
    ['Tool', `${call.tool}, definition ${call.definition.slice(0, 12)}`],
    ['Delegated by', delegation.person ?? 'nobody: an application acts for itself'],
    ['Acting', delegation.agent === undefined ? `client ${delegation.client}` : `${delegation.agent}, client ${delegation.client}`],
    ['Tenant', principal.tid],
    ['Decision', decision.allowed === false ? `denied, ${decision.code ?? ''}${decision.rule === undefined ? '' : ` by rule ${decision.rule}`}` : `allowed by role ${decision.role ?? ''}${decision.scope === undefined ? '' : ` and scope ${decision.scope}`}`],
    ['Arguments', args.value === undefined ? `not kept, ${args.bytes} bytes` : JSON.stringify(args.value)],
    ['', `SHA-256 ${args.digest}`],
    ['Outcome', ended ? `${ended.outcome}, ${ended.durationMs} ms` : 'none: the process was cut off after it had recorded its intent'],
    ...(ended?.result === undefined ? [] : [['Result', ended.result.value === undefined ? `${ended.result.bytes} bytes` : JSON.stringify(ended.result.value)], ['', `SHA-256 ${ended.result.digest}`]]),
    ...(hasIntent ? [['Intent', 'recorded before it ran']] : []),
    ...(call.traceId === undefined ? [] : [['Trace', `requests | union dependencies | where operation_Id == "${call.traceId}"`]]),
    ...(call.agentSession === undefined ? [] : [['Session', `${call.agentSession} (claimed by the caller)`]]),
    ['Served by', served ? `slot ${served.slot}, instance ${served.instance ?? 'none'}, package ${served.packageDigest?.slice(0, 12) ?? 'none'}, policies ${served.policyVersion ?? 'none'}` : ''],
    ['Changes', changes.length === 0 ? 'none reported' : ''],
    ...changes.map(({ at, change }) => ['', `${at} ${change.type} ${change.reference}${change.url === undefined ? '' : ` ${change.url}`}`]),
    ['Record', `${stream}, line ${call.seq}: ${verification}`],
  ])}\n`;
}

async function verify(context: CommandContext, argv: readonly string[]): Promise<number> {
  const { options, positionals } = parse(argv, { ...WHERE, download: { type: 'string' } });
  if (positionals.length > 0) throw badArgument(`"${positionals.join(' ')}" is no option`);
  const { streams, period } = await readAll(context, options, options.download);
  const findings = streams.flatMap((stream) => stream.findings);
  const sum = (count: (stream: VerifiedStream) => number): number => streams.reduce((total, stream) => total + count(stream), 0);
  const result = {
    ...period, streams: streams.length, records: sum(({ lines }) => lines.length), unanchored: sum(({ unanchored }) => unanchored), lost: sum(({ lost }) => lost),
    open: streams.filter(({ hasEnded }) => !hasEnded).map(({ stream }) => stream), findings,
  };
  context.stdout.write(options.json ? `${JSON.stringify(result)}\n` : `${formatTable([
    ['Period', `${period.from} to ${period.to}`],
    ['Streams', `${result.streams}, of which ${result.open.length} run or were cut off`],
    ['Records', String(result.records)],
    ['Not anchored', `${result.unanchored} at the ends of streams: in the chain, not signed yet`],
    ['Lost', result.lost === 0 ? 'none' : `${result.lost} that the server could keep nowhere, by its own count`],
    ['Findings', findings.length === 0 ? 'none: the record is as it was written' : String(findings.length)],
    ...findings.map(({ code, stream, blob, line, message }) => ['', `${code} in ${blob ?? stream}${line === undefined ? '' : `, line ${line}`}: ${message}`]),
  ])}\n`);
  return findings.length === 0 ? 0 : EXIT_FINDINGS;
}

/** Lines up to where a chain breaks. An altered record itself is among them, since the next line tells of it, and so are those of a chain written anew: exit code 3 says so. */
async function exportLines(context: CommandContext, argv: readonly string[]): Promise<number> {
  const { options, positionals } = parse(argv, WHERE);
  if (positionals.length > 0) throw badArgument(`"${positionals.join(' ')}" is no option`);
  const { streams } = await readAll(context, options);
  for (const { stream, lines } of streams) for (const line of lines) context.stdout.write(`${JSON.stringify({ stream, ...line })}\n`);
  return streams.some(({ findings }) => findings.length > 0) ? EXIT_FINDINGS : 0;
}

interface Where {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly stack?: string | undefined;
  readonly 'blob-url'?: string | undefined;
  readonly 'key-url'?: string | undefined;
  readonly offline?: string | undefined;
}

/** Reads and verifies the streams of a period. @param downloadTo folder that takes a copy */
async function readAll(context: CommandContext, where: Where, downloadTo?: string): Promise<{ streams: VerifiedStream[]; period: Period }> {
  const period = periodOf(where);
  const progress = progressOf(context);
  if (where.offline !== undefined) {
    const keys = await readFile(join(where.offline, KEYS_FILE), 'utf8').catch(() => {
      throw new CommandError('AUDIT_NO_COPY', `${join(where.offline ?? '', KEYS_FILE)} cannot be read. Write a copy first: npm run audit -- verify --download ${where.offline ?? 'FOLDER'}`, 2);
    });
    return { streams: await progress.step('Verifying', () => verifyAll(folderSource(where.offline ?? ''), period, keySetSchema.parse(JSON.parse(keys)))), period };
  }
  const record = await openRecord(context, { stack: parseStack(where.stack), blobUrl: where['blob-url'], keyUrl: where['key-url'] });
  const source = blobSource(record.containers);
  const keys = await readPublicKeys(record.keyUrl, await keyIdsOf(source, period), await record.token('https://vault.azure.net/.default'));
  if (downloadTo !== undefined) await progress.step('Downloading', () => download(source, period, keys, downloadTo));
  return { streams: await progress.step('Verifying', () => verifyAll(downloadTo === undefined ? source : folderSource(downloadTo), period, keys)), period };
}

async function verifyAll(source: BlobSource, period: Period, keys: KeySet): Promise<VerifiedStream[]> {
  const check = createSignatureCheck(keys);
  const verified: VerifiedStream[] = [];
  for await (const stored of readStreams(source, period)) verified.push(verifyStream(stored, check));
  return verified;
}

async function keyIdsOf(source: BlobSource, period: Period): Promise<Set<string>> {
  const ids = new Set<string>();
  for await (const { heads, manifest } of readStreams({ ...source, list: (container, prefix) => (container === 'audit' ? Promise.resolve([]) : source.list(container, prefix)) }, period)) {
    for (const head of [...manifest, ...heads.split('\n').flatMap((line) => parseHead(line) ?? [])]) ids.add(head.key);
  }
  return ids;
}

async function download(source: BlobSource, period: Period, keys: KeySet, folder: string): Promise<void> {
  const copy = async (container: 'audit' | 'anchors', blob: string): Promise<void> => {
    const text = await source.read(container, blob);
    if (text === undefined) return;
    const path = join(folder, container, blob);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  };
  for (const day of daysOf(period)) {
    const dated = day.replaceAll('-', '/');
    // Heads before streams: a head that is copied later might be of a record that is not in the copy.
    await copy('anchors', `manifest/${day}.jsonl`);
    for (const blob of await source.list('anchors', `heads/${dated}/`)) await copy('anchors', blob);
    for (const root of ['calls', 'operations']) for (const blob of await source.list('audit', `${root}/${dated}/`)) await copy('audit', blob);
  }
  await writeFile(join(folder, KEYS_FILE), `${JSON.stringify(keys)}\n`);
}

function periodOf({ from, to }: Where): Period {
  const today = new Date();
  const period = { from: from ?? new Date(today.getTime() - (DEFAULT_DAYS - 1) * 24 * 3_600_000).toISOString().slice(0, 10), to: to ?? today.toISOString().slice(0, 10) };
  for (const [name, value] of Object.entries(period)) if (!DAY.test(value) || Number.isNaN(Date.parse(value))) throw badArgument(`--${name} was given "${value}". Allowed: a day as YYYY-MM-DD`);
  if (period.from > period.to) throw badArgument(`--from ${period.from} is after --to ${period.to}`);
  return period;
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

import { ArgumentError, parseAction } from '../../actions.ts';
import { CommandError } from '../../commandError.ts';
import type { CommandContext } from '../../commands/commandContext.ts';
import { formatTable } from '../../table.ts';
import { readTrailers } from '../gitTrailers.ts';
import { changeSchema, findLinks, parseCallId, type Change, type Link, type LinkState } from '../linkCalls.ts';
import { operatorOf, recordOperation } from '../operatorStream.ts';
import { isWithin } from '../period.ts';
import { printable } from '../printable.ts';
import type { RecordReport } from '../readRecord.ts';
import { chooseOnlineRecord, RECORD_OPTIONS, tellFindings, type OnlineRecord } from './recordOptions.ts';

/**
 * `npm run audit -- link`: ties calls to what they led to, by the word of the operator. Doing it twice makes one link. Exit code 1: one could not be linked; 3: the record is not
 * as it was written.
 */
export async function link(context: CommandContext, argv: readonly string[]): Promise<number> {
  const { options, positionals } = parseAction(argv, {
    ...RECORD_OPTIONS, type: { type: 'string' }, reference: { type: 'string' }, url: { type: 'string' }, git: { type: 'string' }, repository: { type: 'string' },
  });
  const { git, repository, type, reference, url } = options;
  if (git === undefined) {
    if (repository !== undefined) throw new ArgumentError('--repository was given without --git');
    const one = { callId: callIdOf(positionals), change: changeOf({ type, reference, url }) };
    return await linkOne(context, options.json === true, await chooseOnlineRecord(context, options), one);
  }
  if (positionals.length > 0 || type !== undefined || reference !== undefined || url !== undefined) throw new ArgumentError('--git was given with a call id, --type, --reference or --url: the commits name the calls');
  const commits = await readTrailers(repository ?? process.cwd(), git, context.env);
  const named = commits.flatMap(({ commit, named: texts }) => texts.map((text) => ({ commit, text, callId: parseCallId(text) })));
  return await linkCommits(context, options.json === true, () => chooseOnlineRecord(context, options), named);
}

async function linkOne(context: CommandContext, isJson: boolean, chosen: OnlineRecord, one: Link): Promise<number> {
  const { states: [state], report, doubtedIn } = await makeLinks(chosen, [one]);
  const exitCode = tellFindings(context, report);
  if (state === 'not in the record') throw new CommandError('AUDIT_NO_SUCH_CALL', `${doubtedIn.size > 0 ? `What ${[...doubtedIn].join(', ')} says about call ${one.callId} is not to be believed` : `No record of call ${one.callId} from ${chosen.period.from} to ${chosen.period.to} is there`}: it is not linked. Look at other days with --from and --to.`);
  const { callId, change: { type, reference } } = one;
  context.stdout.write(isJson ? `${JSON.stringify({ ...one, state, findings: report.findings })}\n` : `Call ${callId} ${state === 'linked' ? 'is linked' : 'was linked already'} to ${type} ${printable(reference)}.\n`);
  return exitCode;
}

interface Named {
  readonly commit: string;
  readonly text: string;
  /** Undefined for a text that is no call id. */
  readonly callId: string | undefined;
}

async function linkCommits(context: CommandContext, isJson: boolean, choose: () => Promise<OnlineRecord>, named: readonly Named[]): Promise<number> {
  const links = named.flatMap(({ commit, callId }): Link[] => (callId === undefined ? [] : [{ callId, change: { type: 'commit', reference: commit } }]));
  const made = links.length > 0 ? await makeLinks(await choose(), links) : undefined;
  const left = [...made?.states ?? []];
  const rows = named.map(({ commit, text, callId }) => ({ commit, callId: callId ?? text, state: callId === undefined ? 'not a call id' as const : left.shift() ?? 'not in the record' }));
  context.stdout.write(isJson ? `${JSON.stringify({ links: rows, findings: made?.report.findings ?? [] })}\n` : rows.length === 0 ? 'No commit of the range names a call.\n'
    : `${formatTable([['Commit', 'Call', 'Result'], ...rows.map(({ commit, callId, state }) => [commit.slice(0, 12), printable(callId), state])])}\n`);
  const exitCode = made ? tellFindings(context, made.report) : 0;
  return rows.some(({ state }) => state === 'not a call id' || state === 'not in the record') ? 1 : exitCode;
}

/** Makes those links that are not there. They are stored together, so that a run which is cut off has made them, or is made again. */
async function makeLinks({ record, period, lastDay, read }: OnlineRecord, links: readonly Link[]): Promise<{ states: LinkState[]; report: RecordReport; doubtedIn: ReadonlySet<string> }> {
  const reader = findLinks(links, isWithin(period));
  // A link may have been made long after the call.
  const report = await read(reader, { from: period.from, to: lastDay > period.to ? lastDay : period.to });
  const states = reader.states();
  const wanted = links.filter((_, index) => states[index] === 'linked');
  if (wanted.length > 0) {
    const by = operatorOf(await record.token('https://storage.azure.com/.default'));
    await recordOperation(record, wanted.map(({ callId, change }) => ({ kind: 'change', callId, by, change })), new Date());
  }
  return { states, report, doubtedIn: reader.doubtedIn };
}

function callIdOf([text, ...others]: readonly string[]): string {
  if (text === undefined) throw new ArgumentError('No call id was given');
  if (others.length > 0) throw new ArgumentError(`More than one call id was given: ${[text, ...others].join(', ')}`);
  const callId = parseCallId(text);
  if (callId === undefined) throw new ArgumentError(`"${printable(text)}" is no call id. Allowed: the value of the header mcp-call-id, or of _meta "mcp-app-service/callId", of an answer`);
  return callId;
}

function changeOf(given: { readonly [Name in keyof Change]?: string | undefined }): Change {
  const { success, data, error } = changeSchema.safeParse(given);
  if (!success) throw new ArgumentError(error.issues.map(({ path, message }) => `--${path.join('.')}: ${message}`).join('; '));
  return data;
}

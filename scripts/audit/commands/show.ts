import { parseActionOnOne } from '../../actions.ts';
import { CommandError } from '../../commandError.ts';
import type { CommandContext } from '../../commands/commandContext.ts';
import { formatTable } from '../../table.ts';
import { isWithin } from '../period.ts';
import { printable } from '../printable.ts';
import { tellStory, type Story, type StoryChange } from '../story.ts';
import { chooseRecord, RECORD_OPTIONS, tellFindings } from './recordOptions.ts';

/**
 * `npm run audit -- show CALL_ID`: all that the record says about one call. Exit code 3: the record is not as it was written, and something about the call may be missing.
 * @throws CommandError AUDIT_NO_SUCH_CALL
 */
export async function show(context: CommandContext, argv: readonly string[]): Promise<number> {
  const { options, one: callId } = parseActionOnOne(argv, RECORD_OPTIONS, 'call id');
  const chosen = await chooseRecord(context, options);
  const { period, lastDay } = chosen;
  const reader = tellStory(callId, isWithin(period));
  // What a call led to may be told long after it.
  const report = await chosen.read(reader, { from: period.from, to: lastDay > period.to ? lastDay : period.to });
  const story = reader.story();
  const doubtedIn = [...reader.doubtedIn];
  const exitCode = tellFindings(context, report);
  if (options.json && (story || exitCode !== 0)) context.stdout.write(`${JSON.stringify({ ...story, doubtedIn, findings: report.findings, notBelieved: report.notBelieved })}\n`);
  else if (story) context.stdout.write(formatStory(story));
  for (const stream of doubtedIn) context.stderr.write(`Left out: what ${stream} says about call ${printable(callId)}.\n`);
  if (story) return exitCode;
  const message = `No record of call ${printable(callId)} from ${period.from} to ${period.to} is to be believed. Look at other days with --from and --to.`;
  if (exitCode === 0) throw new CommandError('AUDIT_NO_SUCH_CALL', message);
  context.stderr.write(`AUDIT_NO_SUCH_CALL: ${message}\n`);
  return exitCode;
}

function formatStory({ call, anchored, hasIntent, served, stream, changes, alsoIn }: Story): string {
  const { principal, delegation, decision, arguments: args } = call;
  const ended = call.kind === 'call' ? call : undefined;
  const rows = [
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
    ...(ended?.result === undefined ? [['Result', 'none']] : [['Result', ended.result.value === undefined ? `not kept, ${ended.result.bytes} bytes` : JSON.stringify(ended.result.value)], ['', `SHA-256 ${ended.result.digest}`]]),
    ...(hasIntent ? [['Intent', 'recorded before it ran']] : []),
    ...(call.traceId === undefined ? [] : [['Trace', `requests | union dependencies | where operation_Id == "${call.traceId}"`]]),
    ...(call.agentSession === undefined ? [] : [['Session', `${call.agentSession} (claimed by the caller)`]]),
    ['Served by', served ? `slot ${served.slot}, instance ${served.instance ?? 'none'}, package ${served.packageDigest?.slice(0, 12) ?? 'none'}, policies ${served.policyVersion ?? 'none'}` : 'unknown: the first segment of the stream is not there any more'],
    ...(changes.length === 0 ? [['Led to', 'nothing that was told']] : changes.map((change, index) => [index === 0 ? 'Led to' : '', formatChange(change)])),
    ['Record', `${stream}, line ${call.seq}: ${describeProof(anchored)}`],
    ...alsoIn.map((other) => ['', `${other} has a record of this id too: the server gives no id twice`]),
  ];
  return `${formatTable(rows.map((row) => row.map(printable)))}\n`;
}

function formatChange({ at, change: { type, reference, url }, saidBy, by, anchored }: StoryChange): string {
  const who = saidBy === 'agent' ? `reported by the caller ${by.oid}` : `linked by the operator ${by.oid}`;
  return `${type} ${reference}${url === undefined ? '' : ` ${url}`}, ${who} on ${at}${anchored ? '' : ` (${describeProof(anchored)})`}`;
}

function describeProof(anchored: boolean): string {
  return anchored ? 'proven by a signed head' : 'in the chain, not anchored yet';
}

import { parseActionOnOne } from '../../actions.ts';
import { CommandError } from '../../commandError.ts';
import type { CommandContext } from '../../commands/commandContext.ts';
import { formatTable } from '../../table.ts';
import { storyOf, type Story } from '../story.ts';
import { readRecord, RECORD_OPTIONS } from './recordOptions.ts';

/** `npm run audit -- show CALL_ID`: all that the record says about one call. */
export async function show(context: CommandContext, argv: readonly string[]): Promise<number> {
  const { options, one: callId } = parseActionOnOne(argv, RECORD_OPTIONS, 'call id');
  const { streams, period } = await readRecord(context, options);
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
    ['Decision', decision.allowed === false ? `denied, ${decision.code ?? ''}` : `allowed by role ${decision.role ?? ''}${decision.scope === undefined ? '' : ` and scope ${decision.scope}`}`],
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

import { GUID, parseOptions } from '../../arguments.ts';
import { CommandError } from '../../commandError.ts';
import { progressOf, type CommandContext } from '../../commands/commandContext.ts';
import { formatTable } from '../../table.ts';
import { openRecordOf, RECORD_OPTIONS } from '../recordOptions.ts';
import { takeSnapshot } from '../snapshots/takeSnapshot.ts';

/** `npm run audit -- snapshot`: keeps who may call what now, for the auditor who asks later. */
export async function snapshot(context: CommandContext, argv: readonly string[]): Promise<number> {
  const options = parseOptions('audit snapshot', argv, { ...RECORD_OPTIONS, application: { type: 'string' } });
  if (options.application !== undefined && !GUID.test(options.application)) throw badApplication(`--application was given "${options.application}".`);
  const record = await openRecordOf(context, options);
  const clientId = options.application ?? record.applicationClientId;
  if (clientId === undefined) throw badApplication('--application is missing.');
  const { recorded, snapshot: taken } = await progressOf(context).step({ running: 'Reading who may call', done: 'Who may call is recorded' }, (update) => takeSnapshot(record, clientId, update));
  context.stdout.write(options.json ? `${JSON.stringify(recorded)}\n` : `${formatTable([
    ['Taken', recorded.takenAt],
    ['By', `${recorded.by.oid}, client ${recorded.by.azp}`],
    ['Blob', `access/${recorded.blob}, ${recorded.bytes} bytes`],
    ['SHA-256', recorded.digest],
    ['Recorded', recorded.stream],
    ['Holds', `${taken.catalogue.tools.length} tools, ${taken.assignments.length} assignments, ${taken.groups.length} groups, ${taken.users.length} people, ${taken.servicePrincipals.length} service principals, ${taken.denyRules.length} rules`],
  ])}\n`);
  return 0;
}

function badApplication(problem: string): CommandError {
  return new CommandError('BAD_ARGUMENT', `${problem} Allowed: the client id of the MCP server's application, a GUID, the output entraClientId of the stack. It may be left out for the local stack.`, 2);
}

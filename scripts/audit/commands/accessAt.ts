import { GUID, parseOptions } from '../../arguments.ts';
import { CommandError } from '../../commandError.ts';
import { progressOf, type CommandContext } from '../../commands/commandContext.ts';
import { openRecordOf, RECORD_OPTIONS } from '../recordOptions.ts';
import { answerAccessAt } from '../snapshots/accessAnswer.ts';
import { askedTime } from '../snapshots/askedTime.ts';
import { formatAnswer } from '../snapshots/formatAnswer.ts';
import { openOperatorStreams } from '../snapshots/operatorStreams.ts';
import { readSnapshot } from '../snapshots/readSnapshot.ts';
import { findSnapshots } from '../snapshots/recordedSnapshots.ts';

/** Exit code when the snapshot, or what the record says of it, is not as it was written. */
const EXIT_FINDINGS = 3;

/** `npm run audit -- access --at DATE`: who could call what at that time. */
export async function accessAt(context: CommandContext, argv: readonly string[]): Promise<number> {
  const { at: asked, json, person, client, tool, ...where } = parseOptions('audit access', argv, { at: { type: 'string' }, person: { type: 'string' }, client: { type: 'string' }, tool: { type: 'string' }, ...RECORD_OPTIONS });
  if (asked === undefined) throw new CommandError('BAD_ARGUMENT', '--at is missing: the day, or the time, that is asked about. npm run audit -- access --at 2026-11-24', 2);
  for (const [name, id] of Object.entries({ person, client })) {
    if (id !== undefined && !GUID.test(id)) throw new CommandError('BAD_ARGUMENT', `--${name} was given "${id}". Allowed: a GUID, ${name === 'person' ? 'the object id of a person or a service principal' : 'the id of the application that acts'}.`, 2);
  }
  const at = askedTime(asked, new Date());
  const record = await openRecordOf(context, where);
  const streams = openOperatorStreams(record);
  const answer = await progressOf(context).step({ running: 'Reading the snapshots', done: () => undefined }, async () => {
    const found = await findSnapshots(await streams.days(), streams.readDay, at);
    return answerAccessAt({ at, filter: { person, client, tool }, found, read: (recorded) => readSnapshot(record.containers.access, recorded) });
  });
  context.stdout.write(json ? `${JSON.stringify(answer)}\n` : formatAnswer(answer));
  for (const { code, message } of answer.findings) context.stderr.write(`${code}: ${message}\n`);
  return answer.findings.length === 0 ? 0 : EXIT_FINDINGS;
}

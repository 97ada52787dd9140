import { once } from 'node:events';
import { parseActionOptions } from '../../actions.ts';
import type { CommandContext } from '../../commands/commandContext.ts';
import { chooseRecord, RECORD_OPTIONS, tellFindings } from './recordOptions.ts';

/** `npm run audit -- export`: each record that is to be believed, a line of JSON each, with `anchored`. Exit code 3: the record is not as it was written, and some were left out. */
export async function exportLines(context: CommandContext, argv: readonly string[]): Promise<number> {
  const options = parseActionOptions(argv, RECORD_OPTIONS);
  const { stdout } = context;
  const report = await (await chooseRecord(context, options)).read({
    async take(records, { stream }) {
      // First for whoever reads it, and last so that no member of a record takes their place.
      const text = records.map(({ record, anchored }) => `${JSON.stringify(Object.assign({ stream, anchored }, record, { stream, anchored }))}\n`).join('');
      if (!stdout.write(text)) await once(stdout, 'drain');
    },
  });
  return tellFindings(context, report);
}

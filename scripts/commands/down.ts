import { parseOptions } from '../arguments.ts';
import { stopLocalCloud } from '../cloud/localCloud.ts';
import { foldersOf, progressOf, type CommandContext } from './commandContext.ts';

/** `npm run down`: stops the local Azure and everything it runs. State stays for the next `npm run up`. */
export async function down(context: CommandContext): Promise<number> {
  const options = parseOptions('down', context.argv, { json: { type: 'boolean' } });
  const folders = foldersOf(context);
  const stopped = await progressOf(context).step({ running: 'Stopping Azure on loopback', done: 'Azure on loopback is down' }, () => stopLocalCloud(folders));
  if (options.json) context.stdout.write(`${JSON.stringify({ stopped })}\n`);
  else context.stdout.write(stopped ? `Stopped. Its state stays in ${folders.root}; "npm run up" goes on with it.\n` : 'It was not running.\n');
  return 0;
}

import { parseActionOptions } from '../../actions.ts';
import type { CommandContext } from '../../commands/commandContext.ts';
import { TARGET_OPTIONS } from '../openSecrets.ts';
import { retireKey } from '../rotate.ts';
import { openGenerated } from './openGenerated.ts';
import { tellRotated } from './tellRotated.ts';

/** `npm run secrets -- retire`: takes back the key that a rotation has replaced. */
export async function retire(context: CommandContext, argv: readonly string[]): Promise<number> {
  const { 'at-once': atOnce = false, ...options } = parseActionOptions(argv, { ...TARGET_OPTIONS, 'at-once': { type: 'boolean' } });
  const { parts } = await openGenerated(context, options);
  return tellRotated(context, await retireKey(parts, { atOnce }), options, 'no former key is accepted');
}

import { parseActionOptions } from '../../actions.ts';
import type { CommandContext } from '../../commands/commandContext.ts';
import { openSecrets, TARGET_OPTIONS } from '../openSecrets.ts';
import { bringKeys } from '../rotate.ts';
import { tellRotated } from './tellRotated.ts';

/** `npm run secrets -- refresh`: brings what the vault holds to every process, and waits until it is there. */
export async function refresh(context: CommandContext, argv: readonly string[]): Promise<number> {
  const options = parseActionOptions(argv, TARGET_OPTIONS);
  const { parts } = await openSecrets(context, options);
  return tellRotated(context, await bringKeys(parts), options, 'npm run secrets -- status');
}

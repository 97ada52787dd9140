import { parseActionOptions } from '../../actions.ts';
import type { CommandContext } from '../../commands/commandContext.ts';
import { TARGET_OPTIONS } from '../openSecrets.ts';
import { replaceKeys, RETIRE_AFTER_SECONDS, rotateKey } from '../rotate.ts';
import { openGenerated } from './openGenerated.ts';
import { tellRotated } from './tellRotated.ts';

/** `npm run secrets -- rotate`: a new key, without a request that fails; with `--emergency` at once, for a key that has leaked. Run again it completes what was cut off. */
export async function rotate(context: CommandContext, argv: readonly string[]): Promise<number> {
  const { emergency = false, ...options } = parseActionOptions(argv, { ...TARGET_OPTIONS, emergency: { type: 'boolean' } });
  const { parts } = await openGenerated(context, options);
  const rotated = emergency ? await replaceKeys(parts) : await rotateKey(parts);
  const leftSeconds = Math.max(0, RETIRE_AFTER_SECONDS - rotated.heldSeconds);
  return tellRotated(context, rotated, options, emergency
    ? 'what the keys before have minted is refused; clients begin such a call anew'
    : `npm run secrets -- retire${leftSeconds === 0 ? '' : `, in ${leftSeconds} s or later`}: the previous key is accepted until then`);
}

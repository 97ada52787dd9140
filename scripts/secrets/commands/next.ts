import { randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { ArgumentError, parseActionOptions } from '../../actions.ts';
import { CommandError } from '../../commandError.ts';
import type { CommandContext } from '../../commands/commandContext.ts';
import { describeKeys, followingRing, formatKeyRing, keyIdsOf, parseKeyRing } from '../keyRing.ts';

const KEY_BYTES = 32;

/**
 * `npm run --silent secrets -- next`: reads the value of a key that stands in the configuration, and writes the one that follows it: for pipes, so that neither stands in a process list.
 */
export async function next(context: CommandContext, argv: readonly string[]): Promise<number> {
  const { emergency = false } = parseActionOptions(argv, { emergency: { type: 'boolean' } });
  if (process.stdin.isTTY) throw new ArgumentError('Nothing was piped in: pulumi config get mcp-app-service:requestStateKey | npm run --silent secrets -- next | pulumi config set --secret mcp-app-service:requestStateKey');
  const given = (await text(process.stdin)).trim();
  const ring = parseKeyRing(given);
  if (!ring) throw new CommandError('SECRETS_NOT_A_KEY', `What was piped in is neither one key nor the two of a rotation (${given.length} characters, not shown).`, 2);
  const newKey = (): string => randomBytes(KEY_BYTES).toString('base64url');
  const following = emergency ? { current: newKey() } : followingRing(ring, newKey);
  context.stdout.write(`${formatKeyRing(following)}\n`);
  context.stderr.write(`From ${describeKeys(keyIdsOf(ring))} to ${describeKeys(keyIdsOf(following))}\n`);
  return 0;
}

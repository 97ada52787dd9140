import type { CommandContext } from '../../commands/commandContext.ts';
import { CommandError } from '../../commandError.ts';
import { openSecrets, type OpenSecrets } from '../openSecrets.ts';

/**
 * Opens the secret of a stack whose key these commands may change.
 * @throws CommandError SECRETS_KEY_CONFIGURED, SECRETS_STACK_OLD, and those of `openSecrets`
 */
export async function openGenerated(context: CommandContext, options: Parameters<typeof openSecrets>[1]): Promise<OpenSecrets> {
  const opened = await openSecrets(context, options);
  if (opened.source === 'configuration') {
    throw new CommandError('SECRETS_KEY_CONFIGURED', 'The key of this stack stands in its configuration (mcp-app-service:requestStateKey), from which "pulumi up" would bring the old one back. Change it there, in the steps of docs/secrets.md, "A key from the configuration".', 2);
  }
  if (opened.source === undefined) {
    throw new CommandError('SECRETS_STACK_OLD', 'The stack does not say where its key comes from: it was deployed by a program from before rotation, whose next change of the secret would bring the old key back. Run "pulumi up" (on the local Azure "npm run up") first.');
  }
  return opened;
}

import { ensurePulumi } from '../toolchain/index.ts';
import { parseOptions, parseStack } from '../arguments.ts';
import { createControlClient } from '../cloud/controlClient.ts';
import { requireLocalCloud } from '../cloud/localCloud.ts';
import { requireStackOutputs } from '../cloud/stackOutputs.ts';
import { CommandError } from '../commandError.ts';
import { foldersOf, openPulumi, progressOf, type CommandContext } from './commandContext.ts';

const CALLERS = ['user', 'app', 'agent'] as const;

/** `npm run token`: an access token of the local Entra that the stack's MCP endpoint accepts. */
export async function token(context: CommandContext): Promise<number> {
  const options = parseOptions('token', context.argv, { stack: { type: 'string' }, as: { type: 'string' }, tools: { type: 'string' }, json: { type: 'boolean' } });
  const stack = parseStack(options.stack);
  const as = CALLERS.find((caller) => caller === (options.as ?? 'user'));
  if (!as) throw new CommandError('BAD_ARGUMENT', `--as was given "${options.as}". Allowed: ${CALLERS.join(', ')}.`, 2);
  const tools = options.tools?.split(',').map((tool) => tool.trim()).filter((tool) => tool !== '');
  const endpoints = await requireLocalCloud(foldersOf(context));
  const { pulumi } = openPulumi(context, await ensurePulumi({ env: context.env, progress: progressOf(context) }), endpoints, stack);
  const { entraClientId } = await requireStackOutputs(pulumi, stack);
  const issued = await createControlClient(endpoints).issueToken({ applicationClientId: entraClientId, as, tools });
  context.stdout.write(options.json ? `${JSON.stringify(issued)}\n` : `${issued.accessToken}\n`);
  return 0;
}

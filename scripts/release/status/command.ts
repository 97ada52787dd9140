import { parseActionOptions, type Run } from '../../actions.ts';
import { parseStack, STACKS } from '../../arguments.ts';
import { CommandError } from '../../commandError.ts';
import { progressOf, type CommandContext } from '../../commands/commandContext.ts';
import { openTarget, type TargetAddress } from '../openTarget.ts';
import { RELEASE_OPTIONS } from '../releaseOptions.ts';
import { formatStatus } from './formatStatus.ts';
import { readStatus, type NoStack, type StackStatus } from './readStatus.ts';

/** `npm run release -- status`: where each stack stands, or the one that is named. Asks and changes nothing. */
export const status: Run = async (context, argv) => {
  const { stack, azure, json } = parseActionOptions(argv, RELEASE_OPTIONS);
  const stacks = await Promise.all((stack === undefined ? STACKS : [parseStack(stack)]).map((name) => statusOf(context, { stack: name, isAzure: azure === true })));
  context.stdout.write(json === true ? `${JSON.stringify({ stacks })}\n` : formatStatus(stacks, new Date()));
  return 0;
};

async function statusOf(context: CommandContext, address: TargetAddress): Promise<StackStatus | NoStack> {
  try {
    const target = await openTarget(context, address);
    return await readStatus(target, progressOf(context).note);
  } catch (error) {
    if (error instanceof CommandError && error.code === 'STACK_NOT_DEPLOYED') return { stack: address.stack, isDeployed: false };
    throw error;
  }
}

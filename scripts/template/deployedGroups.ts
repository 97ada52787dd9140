import type { TokenCredential } from '@azure/identity';
import type { StackName } from '../arguments.ts';
import { azureCredential } from '../cloud/azureCredential.ts';
import { requireLocalCloud } from '../cloud/localCloud.ts';
import { localCredential } from '../cloud/localCredential.ts';
import { armUrlOf } from '../cloud/resourceManager.ts';
import { requireStackOutputs } from '../cloud/stackOutputs.ts';
import { CommandError } from '../commandError.ts';
import { foldersOf, openPulumi, progressOf, type CommandContext } from '../commands/commandContext.ts';
import { isLocalAzure } from '../preflight/target.ts';
import { ensurePulumi } from '../toolchain/index.ts';

/** Azure Resource Manager, and the groups of a stack in it. */
export interface DeployedGroups {
  /** Without a slash at its end. */
  readonly armUrl: string;
  readonly subscriptionId: string;
  readonly credential: TokenCredential;
  readonly groupNames: readonly string[];
}

/**
 * The groups of the local stack; or those that are named, where the environment says: in the subscription AZURE_SUBSCRIPTION_ID, with the credential of whoever is signed in ("az login").
 * @param named names of resource groups in Azure; none for the local stack
 * @throws CommandError BAD_ARGUMENT, LOCAL_AZURE_NOT_RUNNING, STACK_NOT_DEPLOYED
 */
export async function findDeployedGroups(context: CommandContext, stack: StackName, named: readonly string[]): Promise<DeployedGroups> {
  if (named.length > 0) {
    const subscriptionId = context.env['AZURE_SUBSCRIPTION_ID'];
    if (!subscriptionId) throw new CommandError('BAD_ARGUMENT', '--resource-group is looked up in the subscription AZURE_SUBSCRIPTION_ID, which is not set. Set it: export AZURE_SUBSCRIPTION_ID="$(az account show --query id --output tsv)"', 2);
    return { armUrl: armUrlOf(context.env), subscriptionId, groupNames: named, credential: azureCredential(context.env, { disableInstanceDiscovery: isLocalAzure(context.env) }) };
  }
  const endpoints = await requireLocalCloud(foldersOf(context));
  const { pulumi } = openPulumi(context, await ensurePulumi({ env: context.env, progress: progressOf(context) }), endpoints, stack);
  const { resourceGroupName, stateResourceGroupName } = await requireStackOutputs(pulumi, stack);
  return { armUrl: endpoints.urls.arm, subscriptionId: endpoints.subscriptionId, credential: localCredential(endpoints), groupNames: [resourceGroupName, stateResourceGroupName] };
}

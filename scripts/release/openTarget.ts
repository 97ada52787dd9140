import { join } from 'node:path';
import type { TokenCredential } from '@azure/identity';
import { BlobServiceClient } from '@azure/storage-blob';
import { PACKAGE_CONTAINER, RELEASE_CONTAINER } from '../../infra/names.ts';
import type { StackName } from '../arguments.ts';
import { GRAPH_URL, openRecordOf } from '../audit/openRecord.ts';
import { azureCredential } from '../cloud/azureCredential.ts';
import { createControlClient, type ControlClient } from '../cloud/controlClient.ts';
import type { Endpoints } from '../cloud/endpoints.ts';
import { projectDir, type LocalFolders } from '../cloud/folders.ts';
import { requireLocalCloud } from '../cloud/localCloud.ts';
import { awaitEngine } from '../cloud/readyLocalStack.ts';
import { localCredential } from '../cloud/localCredential.ts';
import { createPulumiRunner, type PulumiRunner } from '../cloud/pulumi.ts';
import { ARM_URL } from '../cloud/resourceManager.ts';
import { stackConfigPath } from '../cloud/stackConfig.ts';
import { readStackOutputs, type StackOutputs } from '../cloud/stackOutputs.ts';
import { CommandError } from '../commandError.ts';
import { foldersOf, openPulumi, progressOf, type CommandContext } from '../commands/commandContext.ts';
import { isLocalAzure } from '../preflight/target.ts';
import { ensurePulumi, toolchainPath } from '../toolchain/index.ts';
import { findOnPath } from '../toolchain/findOnPath.ts';
import type { ReleaseTarget } from './target.ts';


/** Which stack, and where. */
export interface TargetAddress {
  readonly stack: StackName;
  /** The subscription of the shell's login; else the Azure on loopback. */
  readonly isAzure: boolean;
}

/** A cloud, for a stack that need not be deployed yet. */
export interface OpenCloud {
  readonly stack: StackName;
  readonly isLocal: boolean;
  readonly pulumi: PulumiRunner;
  readonly settingsFile: string;
  /** Where the evidence of its updates is kept. */
  readonly folders: LocalFolders;
  readonly credential: TokenCredential;
  readonly armUrl: string;
  readonly graphUrl: string;
  /** The Azure on loopback, where it is that. */
  readonly local: ControlClient | undefined;
  /** Waits until the engine may work on the stack: one that was cut off has left its lock. */
  awaitEngine(onWait: (text: string) => void): Promise<void>;
  mcpToken(clientId: string): Promise<string>;
}

/**
 * Opens the cloud of a stack: the Azure on loopback that runs here, or with `isAzure` what the shell is signed in to, with nothing of the local one.
 * @throws CommandError LOCAL_AZURE_NOT_RUNNING, RELEASE_LOCAL_SHELL, PULUMI_NOT_FOUND
 */
export async function openCloud(context: CommandContext, { stack, isAzure }: TargetAddress): Promise<OpenCloud> {
  return isAzure ? openAzure(context, stack) : openLocalAzure(context, stack, await requireLocalCloud(foldersOf(context)));
}

/** Opens the Azure on loopback, which runs. */
export async function openLocalAzure(context: CommandContext, stack: StackName, endpoints: Endpoints): Promise<OpenCloud> {
  const { pulumi } = openPulumi(context, await ensurePulumi({ env: context.env, progress: progressOf(context) }), endpoints, stack);
  const control = createControlClient(endpoints);
  const folders = foldersOf(context);
  return {
    stack,
    isLocal: true,
    pulumi,
    settingsFile: stackConfigPath(folders, stack),
    folders,
    credential: localCredential(endpoints),
    armUrl: endpoints.urls.arm,
    graphUrl: `${endpoints.urls.graph}/v1.0`,
    local: control,
    awaitEngine: (onWait) => awaitEngine({ folders, pulumi, control, stack }, onWait),
    async mcpToken(clientId) {
      return (await control.issueToken({ applicationClientId: clientId, as: 'user' })).accessToken;
    },
  };
}

function openAzure(context: CommandContext, stack: StackName): OpenCloud {
  if (isLocalAzure(context.env)) throw new CommandError('RELEASE_LOCAL_SHELL', '--azure was given in a shell that points at the Azure on loopback (AZURE_AUTHORITY_HOST, AZURE_RESOURCE_MANAGER_ENDPOINT). Use a shell without "npm run env", or leave --azure out.', 2);
  const pulumi = findOnPath('pulumi', context.env);
  if (pulumi === undefined) throw new CommandError('PULUMI_NOT_FOUND', 'There is no "pulumi" on PATH. With --azure the engine, its backend and its login are the shell\'s own: install the Pulumi CLI and log in (docs/bootstrap.md).');
  const credential = azureCredential(context.env);
  return {
    stack,
    isLocal: false,
    pulumi: createPulumiRunner(pulumi, {
      // Node 24 first: the engine starts the program with the first "node" on PATH.
      PATH: toolchainPath(context.env),
      PULUMI_SKIP_UPDATE_CHECK: '1',
      PULUMI_OPTION_POLICY_PACK: join(projectDir, 'policy'),
      PULUMI_OPTION_POLICY_PACK_CONFIG: join(projectDir, 'policy', 'config', `${stack}.json`),
    }),
    settingsFile: join(projectDir, `Pulumi.${stack}.yaml`),
    folders: foldersOf(context),
    credential,
    armUrl: ARM_URL,
    graphUrl: GRAPH_URL,
    local: undefined,
    // A lock that a killed engine has left in another backend is its owner's to take away: pulumi says by which command.
    awaitEngine: async () => undefined,
    async mcpToken(clientId) {
      return (await credential.getToken(`${clientId}/.default`))?.token ?? '';
    },
  };
}

/** The target of a release: a cloud, and a stack that is deployed there. */
export function targetOf(cloud: OpenCloud, outputs: StackOutputs): ReleaseTarget {
  const { stack, isLocal, pulumi, settingsFile, folders, credential, armUrl } = cloud;
  const service = new BlobServiceClient(outputs.packageBlobUrl, credential);
  return {
    stack, isLocal, outputs, pulumi, settingsFile, folders, credential, armUrl,
    subscriptionId: outputs.subscriptionId,
    packages: service.getContainerClient(PACKAGE_CONTAINER),
    releases: service.getContainerClient(RELEASE_CONTAINER),
    record: openRecordOf(outputs, cloud.graphUrl, credential),
    mcpToken: () => cloud.mcpToken(outputs.entraClientId),
  };
}

/**
 * Opens a deployed stack for a release.
 * @throws CommandError of `openCloud`; STACK_NOT_DEPLOYED
 */
export async function openTarget(context: CommandContext, address: TargetAddress): Promise<ReleaseTarget> {
  return (await openStack(context, address)).target;
}

/** The same, with the cloud. */
export async function openStack(context: CommandContext, address: TargetAddress): Promise<{ readonly cloud: OpenCloud; readonly target: ReleaseTarget }> {
  const cloud = await openCloud(context, address);
  const outputs = await readStackOutputs(cloud.pulumi, address.stack);
  if (!outputs) throw notDeployed(address);
  return { cloud, target: targetOf(cloud, outputs) };
}

function notDeployed({ stack, isAzure }: TargetAddress): CommandError {
  return new CommandError('STACK_NOT_DEPLOYED', `Stack "${stack}" is not deployed ${isAzure ? 'in this subscription' : 'on the local Azure'}, or by a version before releases. Deploy it: npm run release -- deploy --stack ${stack}${isAzure ? ' --azure' : ''}`);
}

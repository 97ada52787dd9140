import type { TokenCredential } from '@azure/identity';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import type { StackName } from '../arguments.ts';
import type { Endpoints } from '../cloud/endpoints.ts';
import { requireLocalCloud } from '../cloud/localCloud.ts';
import { azureCredential } from '../cloud/azureCredential.ts';
import { localCredential } from '../cloud/localCredential.ts';
import { requireStackOutputs, type StackOutputs } from '../cloud/stackOutputs.ts';
import { CommandError } from '../commandError.ts';
import { foldersOf, openPulumi, progressOf, type CommandContext } from '../commands/commandContext.ts';
import { ensurePulumi } from '../toolchain/index.ts';

/** Microsoft Graph of the public cloud. */
export const GRAPH_URL = 'https://graph.microsoft.com/v1.0';

/** The record of a stack, for whoever may read it. */
export interface OpenRecord {
  readonly containers: Readonly<Record<'audit' | 'anchors' | 'access', ContainerClient>>;
  /** The key that signs, without version. */
  readonly keyUrl: string;
  /** Microsoft Graph with its version, without a slash at its end. */
  readonly graphUrl: string;
  /** Application id of the MCP server, where it is known: that of the local stack. */
  readonly applicationClientId: string | undefined;
  token(scope: string): Promise<string>;
}

export interface RecordAddress {
  readonly stack: StackName;
  /** Both, for a record in Azure; neither, for that of the local stack. */
  readonly blobUrl?: string | undefined;
  readonly keyUrl?: string | undefined;
}

/**
 * Opens the record of the local stack, or one in Azure with the credential of whoever is signed in ("az login").
 * @throws CommandError BAD_ARGUMENT, LOCAL_NOT_RUNNING, STACK_NOT_DEPLOYED
 */
export async function openRecord(context: CommandContext, { stack, blobUrl, keyUrl }: RecordAddress): Promise<OpenRecord> {
  if ((blobUrl === undefined) !== (keyUrl === undefined)) throw new CommandError('BAD_ARGUMENT', '--blob-url and --key-url go together: the outputs stateBlobUrl and auditSigningKeyUrl of the stack. Leave both out for the local stack.', 2);
  if (blobUrl !== undefined && keyUrl !== undefined) return connect({ blobUrl, keyUrl, graphUrl: GRAPH_URL, applicationClientId: undefined }, azureCredential(context.env));
  const endpoints = await requireLocalCloud(foldersOf(context));
  const { pulumi } = openPulumi(context, await ensurePulumi({ env: context.env, progress: progressOf(context) }), endpoints, stack);
  return openLocalRecord(endpoints, await requireStackOutputs(pulumi, stack));
}

/** Opens the record of a stack that is deployed on the local Azure. */
export function openLocalRecord(endpoints: Endpoints, outputs: StackOutputs): OpenRecord {
  return openRecordOf(outputs, `${endpoints.urls.graph}/v1.0`, localCredential(endpoints));
}

/** Opens the record of a stack whose outputs are known. @param graphUrl Microsoft Graph with its version, without a slash at its end */
export function openRecordOf(outputs: StackOutputs, graphUrl: string, credential: TokenCredential): OpenRecord {
  return connect({ blobUrl: outputs.stateBlobUrl, keyUrl: outputs.auditSigningKeyUrl, graphUrl, applicationClientId: outputs.entraClientId }, credential);
}

function connect({ blobUrl, ...addresses }: Pick<OpenRecord, 'keyUrl' | 'graphUrl' | 'applicationClientId'> & { readonly blobUrl: string }, credential: TokenCredential): OpenRecord {
  const service = new BlobServiceClient(blobUrl, credential);
  return {
    containers: { audit: service.getContainerClient('audit'), anchors: service.getContainerClient('anchors'), access: service.getContainerClient('access') },
    ...addresses,
    async token(scope) {
      return (await credential.getToken(scope))?.token ?? '';
    },
  };
}

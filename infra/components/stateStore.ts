import { BlobContainer } from '@pulumi/azure-native/storage/blobContainer.js';
import { BlobContainerImmutabilityPolicy } from '@pulumi/azure-native/storage/blobContainerImmutabilityPolicy.js';
import { StorageAccount } from '@pulumi/azure-native/storage/storageAccount.js';
import { ResourceGroup } from '@pulumi/azure-native/resources/resourceGroup.js';
import { ComponentResource, type ComponentResourceOptions, type Output } from '@pulumi/pulumi';
import { STATE_CONTAINERS } from '../names.ts';
import { keepDeleted } from './softDelete.ts';

export interface StateStoreArgs {
  readonly groupName: string;
  readonly accountName: string;
  /** Time for which a record can neither be changed nor deleted, in days. */
  readonly auditRetentionDays: number;
  /** Whether it is reached through a private endpoint alone. */
  readonly isPrivate: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * What outlives a deployment: the record of calls and who may call. It has a resource group of its own, which "pulumi destroy" leaves behind: Azure refuses to delete an
 * account whose records may not be deleted yet, and with it the group. docs/decisions/018-the-record.md.
 */
export class StateStore extends ComponentResource {
  readonly groupId: Output<string>;
  readonly groupName: Output<string>;
  readonly accountName: Output<string>;
  readonly accountId: Output<string>;
  /** Blob endpoint, without a slash at its end. */
  readonly blobUrl: Output<string>;
  /** Resource ids of the containers, by what they hold. */
  readonly containerIds: Readonly<Record<keyof typeof STATE_CONTAINERS, Output<string>>>;

  constructor(name: string, args: StateStoreArgs, options?: ComponentResourceOptions) {
    super('mcp:infra:StateStore', name, {}, options);
    const { tags } = args;
    const kept = { parent: this, retainOnDelete: true };

    const group = new ResourceGroup(args.groupName, { tags }, kept);
    const account = new StorageAccount(args.accountName, {
      resourceGroupName: group.name,
      kind: 'StorageV2',
      // In three zones, and in the paired region: what was called must be known also when a region is not.
      sku: { name: 'Standard_GZRS' },
      accessTier: 'Hot',
      // Whoever holds a key is above every role.
      allowSharedKeyAccess: false,
      defaultToOAuthAuthentication: true,
      allowBlobPublicAccess: false,
      allowCrossTenantReplication: false,
      enableHttpsTrafficOnly: true,
      minimumTlsVersion: 'TLS1_2',
      publicNetworkAccess: args.isPrivate ? 'Disabled' : 'Enabled',
      // Whoever opens the public endpoint again opens it to nobody.
      ...(args.isPrivate ? { networkRuleSet: { defaultAction: 'Deny' as const, bypass: 'AzureServices' as const } } : {}),
      tags,
    }, kept);
    keepDeleted('state-blob-service', { resourceGroupName: group.name, accountName: account.name }, kept);
    const container = (containerName: string): BlobContainer =>
      new BlobContainer(`state-${containerName}`, { resourceGroupName: group.name, accountName: account.name, containerName, publicAccess: 'None' }, kept);
    const protectedContainer = (containerName: string): BlobContainer => {
      const made = container(containerName);
      // Not locked: who locks it can never shorten it, which is for the operator to decide (docs/audit.md).
      new BlobContainerImmutabilityPolicy(`keep-${containerName}`, {
        resourceGroupName: group.name,
        accountName: account.name,
        containerName: made.name,
        immutabilityPolicyName: 'default',
        immutabilityPeriodSinceCreationInDays: args.auditRetentionDays,
        allowProtectedAppendWrites: true,
      }, kept);
      return made;
    };

    this.groupId = group.id;
    this.groupName = group.name;
    this.accountName = account.name;
    this.accountId = account.id;
    this.blobUrl = account.primaryEndpoints.apply(({ blob }) => blob.replace(/\/$/, ''));
    this.containerIds = {
      records: protectedContainer(STATE_CONTAINERS.records).id,
      anchors: protectedContainer(STATE_CONTAINERS.anchors).id,
      access: container(STATE_CONTAINERS.access).id,
    };
    this.registerOutputs({ accountName: this.accountName, blobUrl: this.blobUrl });
  }
}

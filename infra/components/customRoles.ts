import { RoleDefinition } from '@pulumi/azure-native/authorization/roleDefinition.js';
import { ComponentResource, interpolate, type ComponentResourceOptions, type Input, type Output } from '@pulumi/pulumi';
import { idFor } from '../names.ts';

export interface CustomRolesArgs {
  readonly stack: string;
  readonly subscriptionId: Input<string>;
  readonly resourceGroupId: Input<string>;
  readonly stateGroupId: Input<string>;
}

/** Roles that are narrower than Azure's own. Names are unique in a tenant, hence the stack in them. */
export class CustomRoles extends ComponentResource {
  /** Resource id of the role that makes and extends blobs, and neither reads nor overwrites them. */
  readonly appendBlobs: Output<string>;
  /** Resource id of the role that signs with a key, and reads its public half. */
  readonly signWithKey: Output<string>;

  constructor(name: string, args: CustomRolesArgs, options?: ComponentResourceOptions) {
    super('mcp:infra:CustomRoles', name, {}, options);
    const scope = interpolate`/subscriptions/${args.subscriptionId}`;
    const define = (logicalName: string, roleName: string, description: string, assignableScope: Input<string>, dataActions: string[]): Output<string> =>
      new RoleDefinition(logicalName, {
        scope,
        roleDefinitionId: idFor(`role:${args.stack}:${logicalName}`),
        roleName: `${roleName} (${args.stack})`,
        roleType: 'CustomRole',
        description,
        assignableScopes: [assignableScope],
        permissions: [{ actions: [], notActions: [], dataActions, notDataActions: [] }],
      }, { parent: this }).id;
    // Source: learn.microsoft.com, "Authorize with Microsoft Entra ID (REST API)", Put Blob and Append Block.
    this.appendBlobs = define('append-blobs', 'MCP record writer', 'Makes and extends blobs; neither reads nor overwrites them.', args.stateGroupId, ['Microsoft.Storage/storageAccounts/blobServices/containers/blobs/add/action']);
    this.signWithKey = define('sign-with-key', 'MCP record signer', 'Signs with a key, and reads its public half.', args.resourceGroupId, ['Microsoft.KeyVault/vaults/keys/read', 'Microsoft.KeyVault/vaults/keys/sign/action']);
    this.registerOutputs({});
  }
}

import { UserAssignedIdentity } from '@pulumi/azure-native/managedidentity/userAssignedIdentity.js';
import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from '@pulumi/pulumi';

export interface IdentityArgs {
  readonly name: string;
  readonly resourceGroupName: Input<string>;
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * The identity that both slots run as. It is user-assigned, so that its roles are in place before a site starts,
 * and so that a swap changes nothing about who the app is.
 */
export class Identity extends ComponentResource {
  readonly resourceId: Output<string>;
  readonly clientId: Output<string>;
  readonly principalId: Output<string>;
  readonly tenantId: Output<string>;

  constructor(name: string, args: IdentityArgs, options?: ComponentResourceOptions) {
    super('mcp:infra:Identity', name, {}, options);
    const identity = new UserAssignedIdentity(args.name, { resourceGroupName: args.resourceGroupName, tags: args.tags }, { parent: this });
    this.resourceId = identity.id;
    this.clientId = identity.clientId;
    this.principalId = identity.principalId;
    this.tenantId = identity.tenantId;
    this.registerOutputs({ resourceId: this.resourceId, clientId: this.clientId });
  }
}

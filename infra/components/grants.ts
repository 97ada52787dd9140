import { RoleAssignment } from '@pulumi/azure-native/authorization/roleAssignment.js';
import { ComponentResource, interpolate, type ComponentResourceOptions, type Input, type Resource } from '@pulumi/pulumi';

/** Built-in roles by the GUID of their definition. Source: learn.microsoft.com, "Azure built-in roles". */
export const ROLES = {
  keyVaultSecretsUser: '4633458b-17de-408a-b874-0445c86b69e6',
  storageBlobDataReader: '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1',
  monitoringMetricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb',
} as const;

export interface GrantsArgs {
  readonly subscriptionId: Input<string>;
  /** Object id of the identity that the app runs as. */
  readonly principalId: Input<string>;
  readonly requestStateSecretId: Input<string>;
  readonly packageContainerId: Input<string>;
  readonly applicationInsightsId: Input<string>;
  readonly stateContainerIds: Readonly<Record<'records' | 'anchors' | 'access', Input<string>>>;
  readonly signingKeyId: Input<string>;
  readonly customRoles: { readonly appendBlobs: Input<string>; readonly signWithKey: Input<string> };
}

/** What the app's identity may do: read one secret, read the packages, send telemetry, add to the record and sign it, read who is denied. Each role stands at the narrowest scope that Azure knows. */
export class Grants extends ComponentResource {
  /** What needs a role at start depends on these. */
  readonly assignments: readonly Resource[];

  constructor(name: string, args: GrantsArgs, options?: ComponentResourceOptions) {
    super('mcp:infra:Grants', name, {}, options);
    const builtIn = (role: string): Input<string> => interpolate`/subscriptions/${args.subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${role}`;
    const grant = (logicalName: string, roleDefinitionId: Input<string>, scope: Input<string>, description: string): RoleAssignment =>
      // The name is left to azure-native, which draws a new UUID: a replacement stands before the old assignment goes.
      new RoleAssignment(logicalName, {
        scope,
        roleDefinitionId,
        principalId: args.principalId,
        // The SDK would fill in User. Naming the type also spares ARM the look-up that fails while a new identity spreads through Entra.
        principalType: 'ServicePrincipal',
        description,
      }, { parent: this });

    this.assignments = [
      grant('read-request-state-key', builtIn(ROLES.keyVaultSecretsUser), args.requestStateSecretId, 'The app resolves its Key Vault reference.'),
      grant('read-packages', builtIn(ROLES.storageBlobDataReader), args.packageContainerId, 'App Service mounts the app\'s package.'),
      grant('send-telemetry', builtIn(ROLES.monitoringMetricsPublisher), args.applicationInsightsId, 'The app sends its telemetry.'),
      grant('write-records', args.customRoles.appendBlobs, args.stateContainerIds.records, 'The app adds to the record of calls.'),
      grant('write-anchors', args.customRoles.appendBlobs, args.stateContainerIds.anchors, 'The app adds signed heads of the record.'),
      grant('read-access', builtIn(ROLES.storageBlobDataReader), args.stateContainerIds.access, 'The app reads who is denied.'),
      grant('sign-records', args.customRoles.signWithKey, args.signingKeyId, 'The app signs the heads of the record.'),
    ];
    this.registerOutputs({});
  }
}

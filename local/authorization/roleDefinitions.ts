/** A role: what it allows on the control plane (`actions`) and on data planes (`dataActions`). */
export interface RoleDefinition {
  /** GUID; of a built-in role the same in every tenant. */
  readonly id: string;
  readonly roleName: string;
  readonly actions: readonly string[];
  readonly notActions: readonly string[];
  readonly dataActions: readonly string[];
}

/**
 * The built-in roles that a system of this kind assigns.
 * Source: learn.microsoft.com, "Azure built-in roles", one page a role.
 */
export const BUILT_IN_ROLES: readonly RoleDefinition[] = [
  { id: '8e3af657-a8ff-443c-a75c-2fe8c4bcb635', roleName: 'Owner', actions: ['*'], notActions: [], dataActions: [] },
  {
    id: 'b24988ac-6180-42a0-ab88-20f7382dd24c', roleName: 'Contributor', actions: ['*'], dataActions: [],
    notActions: ['Microsoft.Authorization/*/Delete', 'Microsoft.Authorization/*/Write', 'Microsoft.Authorization/elevateAccess/Action'],
  },
  { id: 'acdd72a7-3385-48ef-bd42-f606fba81ae7', roleName: 'Reader', actions: ['*/read'], notActions: [], dataActions: [] },
  { id: '18d7d88d-d35e-4fb5-a5c3-7773c20a72d9', roleName: 'User Access Administrator', actions: ['*/read', 'Microsoft.Authorization/*'], notActions: [], dataActions: [] },
  {
    id: 'f58310d9-a9f6-439a-9e8d-f62e7b41a168', roleName: 'Role Based Access Control Administrator', notActions: [], dataActions: [],
    actions: ['Microsoft.Authorization/roleAssignments/write', 'Microsoft.Authorization/roleAssignments/delete', '*/read'],
  },
  { id: 'de139f84-1756-47ae-9be6-808fbbe84772', roleName: 'Website Contributor', actions: ['Microsoft.Web/sites/*', 'Microsoft.Web/serverFarms/join/action', 'Microsoft.Web/serverFarms/read', 'Microsoft.Resources/subscriptions/resourceGroups/read'], notActions: [], dataActions: [] },
  { id: '00482a5a-887f-4fb3-b363-3b7fe8e74483', roleName: 'Key Vault Administrator', actions: ['Microsoft.KeyVault/vaults/read', 'Microsoft.KeyVault/vaults/secrets/readMetadata/action'], notActions: [], dataActions: ['Microsoft.KeyVault/vaults/*'] },
  { id: 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7', roleName: 'Key Vault Secrets Officer', actions: ['Microsoft.KeyVault/vaults/read'], notActions: [], dataActions: ['Microsoft.KeyVault/vaults/secrets/*'] },
  { id: '4633458b-17de-408a-b874-0445c86b69e6', roleName: 'Key Vault Secrets User', actions: [], notActions: [], dataActions: ['Microsoft.KeyVault/vaults/secrets/getSecret/action', 'Microsoft.KeyVault/vaults/secrets/readMetadata/action'] },
  { id: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b', roleName: 'Storage Blob Data Owner', actions: ['Microsoft.Storage/storageAccounts/blobServices/containers/*'], notActions: [], dataActions: ['Microsoft.Storage/storageAccounts/blobServices/containers/blobs/*'] },
  {
    id: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe', roleName: 'Storage Blob Data Contributor', notActions: [],
    actions: ['Microsoft.Storage/storageAccounts/blobServices/containers/delete', 'Microsoft.Storage/storageAccounts/blobServices/containers/read', 'Microsoft.Storage/storageAccounts/blobServices/containers/write', 'Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action'],
    dataActions: ['delete', 'read', 'write', 'move/action', 'add/action'].map((verb) => `Microsoft.Storage/storageAccounts/blobServices/containers/blobs/${verb}`),
  },
  {
    id: '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1', roleName: 'Storage Blob Data Reader', notActions: [],
    actions: ['Microsoft.Storage/storageAccounts/blobServices/containers/read', 'Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action'],
    dataActions: ['Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read'],
  },
  {
    id: '3913510d-42f4-4e42-8a64-420c390055eb', roleName: 'Monitoring Metrics Publisher', notActions: [],
    actions: ['Microsoft.Insights/Register/Action', 'Microsoft.Support/*', 'Microsoft.Resources/subscriptions/resourceGroups/read'],
    dataActions: ['Microsoft.Insights/Metrics/Write', 'Microsoft.Insights/Telemetry/Write'],
  },
  { id: '73c42c96-874c-492b-b04d-ab87d138a893', roleName: 'Log Analytics Reader', actions: ['*/read', 'Microsoft.OperationalInsights/workspaces/analytics/query/action', 'Microsoft.OperationalInsights/workspaces/search/action'], notActions: ['Microsoft.OperationalInsights/workspaces/sharedKeys/read'], dataActions: [] },
];

/** A role by the id of its definition, at whatever scope the id is written. @param custom roles that were defined here */
export function findRole(roleDefinitionId: string, custom: readonly RoleDefinition[] = []): RoleDefinition | undefined {
  const guid = roleDefinitionId.split('/').at(-1)?.toLowerCase();
  return BUILT_IN_ROLES.find((role) => role.id === guid) ?? custom.find((role) => role.id.toLowerCase() === guid);
}

/** Whether an action matches a pattern of a role definition; `*` stands for any characters, case does not count. */
export function matchesAction(pattern: string, action: string): boolean {
  const source = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')).join('.*');
  return new RegExp(`^${source}$`, 'i').test(action);
}

import type { ResourceType } from '../arm/types.ts';
import type { Directory } from '../entra/types.ts';

export interface ManagedIdentity {
  readonly resourceTypes: ResourceType[];
  close(): Promise<void>;
}

/**
 * User-assigned managed identities: the ARM resource whose ids name a service principal of the directory.
 * Tokens for them come from the directory; nothing of its own is kept here.
 */
export async function createManagedIdentity({ directory }: { directory: Directory }): Promise<ManagedIdentity> {
  return {
    resourceTypes: [
      {
        type: 'Microsoft.ManagedIdentity/userAssignedIdentities',
        token: 'managedidentity:UserAssignedIdentity',
        path: '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}',
        apiVersions: ['2023-01-31', '2018-11-30', '2024-11-30'],
        envelope: ['location', 'tags'],
        existence: 'created',
        replaceOnChange: ['location'],
        behaviour: {
          complete(draft) {
            Object.assign(draft.properties, { tenantId: directory.tenantId, ...directory.ensureManagedIdentity(draft.id) });
          },
          remove(resource) {
            directory.deleteManagedIdentity(resource.id);
          },
        },
      },
    ],
    async close() {},
  };
}

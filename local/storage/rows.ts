import { z } from 'zod';
import type { Arm, JsonObject, PutRequest, Resource, ResourceType } from '../arm/types.ts';
import type { LocalContext } from '../core/context.ts';
import { AzureError, notSupportedLocally } from '../core/errors.ts';
import { connectionsTo } from '../network/privateEndpoints.ts';
import type { AccountStore } from './accounts.ts';
import type { Azurite } from './azurite.ts';
import { deleteContainer, ensureContainer, holdsBlobs, listContainers } from './blobs.ts';
import { IMMUTABILITY_POLICY, immutabilityPolicyRow } from './immutability.ts';
import { ACCOUNT_NAME, CONTAINER_NAME } from './limits.ts';

export interface StorageRowDependencies {
  readonly context: LocalContext;
  readonly accounts: AccountStore;
  readonly azurite: Azurite;
  readonly arm: Pick<Arm, 'get' | 'list'>;
  /** `https://127.0.0.1:PORT` of the front. */
  readonly endpoint: string;
}

const API_VERSIONS = ['2024-01-01', '2022-09-01', '2023-01-01', '2023-05-01'] as const;
const ACCOUNT_PATH = '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Storage/storageAccounts/{accountName}';
const CONTAINER_PATH = `${ACCOUNT_PATH}/blobServices/default/containers/{containerName}`;
export const CONTAINER_TYPE = 'Microsoft.Storage/storageAccounts/blobServices/containers';

export function storageResourceTypes(dependencies: StorageRowDependencies): ResourceType[] {
  return [accountRow(dependencies), blobServiceRow(), ...UNSERVED.map(unservedServiceRow), containerRow(dependencies), immutabilityPolicyRow({ containerPath: CONTAINER_PATH, apiVersions: API_VERSIONS })];
}

const regenerateSchema = z.object({ keyName: z.enum(['key1', 'key2']) });

function accountRow({ context, accounts, azurite, arm, endpoint }: StorageRowDependencies): ResourceType {
  const listKeys = (name: string): JsonObject => {
    const account = accounts.find(name);
    if (!account) throw new AzureError(404, 'ResourceNotFound', `The storage account ${name} has no keys yet; its creation is not finished.`);
    return {
      keys: accounts.keysOf(account).map(({ keyName, value, createdAt }) => ({ keyName, value, permissions: 'FULL', creationTime: createdAt })),
    };
  };
  return {
    type: 'Microsoft.Storage/storageAccounts',
    token: 'storage:StorageAccount',
    path: ACCOUNT_PATH,
    apiVersions: API_VERSIONS,
    envelope: ['location', 'tags', 'kind', 'sku', 'identity', 'extendedLocation'],
    renames: { enableHttpsTrafficOnly: 'supportsHttpsTrafficOnly', enableNfsV3: 'isNfsV3Enabled', networkRuleSet: 'networkAcls' },
    existence: 'created',
    asynchronous: { put: true },
    replaceOnChange: ['location', 'isHnsEnabled', 'enableNfsV3'],
    behaviour: {
      validate(request) {
        judgeAccountName(request, accounts.find(request.parameters['accountName'] ?? '')?.id);
        judgeFeatures(request.body);
      },
      complete(draft, request) {
        completeAccount(draft, request, endpoint, context.now());
      },
      async provision(resource) {
        if (accounts.find(resource.name)) return;
        accounts.ensure(resource.name, resource.id);
        await azurite.reload().catch((error: unknown) => {
          accounts.delete(resource.name); // so that a repeated PUT tries again
          throw error;
        });
      },
      async remove(resource) {
        const account = accounts.find(resource.name);
        if (!account) return;
        await azurite.use(async (at) => {
          for (const name of await listContainers(at, accounts, account, context.now())) await deleteContainer(at, accounts, account, name, context.now());
        });
        accounts.delete(resource.name);
        await azurite.reload();
      },
      present: (resource) => ({ ...resource, properties: { ...resource.properties, privateEndpointConnections: connectionsTo(arm, resource.id) } }),
      actions: {
        listKeys: (resource) => listKeys(resource.name),
        async regenerateKey(resource, body) {
          const asked = regenerateSchema.safeParse(body);
          if (!asked.success) throw new AzureError(400, 'InvalidValuesForRequestParameters', 'keyName must be "key1" or "key2".');
          accounts.regenerate(resource.name, asked.data.keyName);
          await azurite.reload();
          return listKeys(resource.name);
        },
      },
    },
  };
}

function judgeAccountName({ id, parameters }: PutRequest, holder: string | undefined): void {
  const name = parameters['accountName'] ?? '';
  if (!ACCOUNT_NAME.test(name)) {
    throw new AzureError(
      400,
      'AccountNameInvalid',
      `${name} is not a valid storage account name. Storage account name must be between 3 and 24 characters in length and use numbers and lower-case letters only.`,
    );
  }
  if (holder !== undefined && holder.toLowerCase() !== id.toLowerCase()) {
    throw new AzureError(409, 'StorageAccountAlreadyTaken', `The storage account named ${name} is already taken. Names are unique in all of Azure; choose another.`);
  }
}

/** Features that change what the data plane is, and that Azurite's blob service does not have. */
function judgeFeatures(body: JsonObject): void {
  const properties = objectOf(body['properties']);
  const kind = typeof body['kind'] === 'string' ? body['kind'] : '';
  if (!['storagev2', 'blobstorage', 'blockblobstorage'].includes(kind.toLowerCase())) throw notSupportedLocally(`A storage account of kind ${kind}`);
  for (const [name, what] of [
    ['isHnsEnabled', 'Data Lake Storage (isHnsEnabled)'],
    ['isSftpEnabled', 'SFTP on storage accounts (isSftpEnabled)'],
    ['isNfsV3Enabled', 'NFS 3.0 on storage accounts (enableNfsV3)'],
  ] as const) {
    if (properties[name] === true) throw notSupportedLocally(what);
  }
  if (Object.keys(objectOf(properties['customDomain'])).length > 0) throw notSupportedLocally('A custom domain on a storage account');
  if (String(properties['publicNetworkAccess']).toLowerCase() === 'securedbyperimeter') throw notSupportedLocally('publicNetworkAccess SecuredByPerimeter (network security perimeters)');
  const keySource = objectOf(properties['encryption'])['keySource'];
  if (typeof keySource === 'string' && keySource.toLowerCase() === 'microsoft.keyvault') {
    throw notSupportedLocally('Encryption of a storage account with a customer-managed key (encryption.keySource Microsoft.Keyvault)');
  }
}

/** Source: learn.microsoft.com, Storage resource provider REST API, "Storage Accounts - Create", defaults of absent properties. */
function completeAccount(draft: Resource, request: PutRequest, endpoint: string, now: Date): void {
  const before = request.existing?.properties ?? {};
  const createdAt = before['creationTime'] ?? now.toISOString();
  const sku = objectOf(draft['sku']);
  const skuName = typeof sku['name'] === 'string' ? sku['name'] : '';
  draft['sku'] = { ...sku, tier: skuName.toLowerCase().startsWith('premium') ? 'Premium' : 'Standard' };
  draft.properties = {
    ...(draft['kind'] === 'BlockBlobStorage' ? {} : { accessTier: 'Hot' }),
    allowBlobPublicAccess: false,
    allowCrossTenantReplication: false,
    minimumTlsVersion: 'TLS1_0',
    supportsHttpsTrafficOnly: true,
    networkAcls: { bypass: 'AzureServices', virtualNetworkRules: [], ipRules: [], defaultAction: 'Allow' },
    encryption: {
      keySource: 'Microsoft.Storage',
      services: { blob: { enabled: true, keyType: 'Account', lastEnabledTime: createdAt }, file: { enabled: true, keyType: 'Account', lastEnabledTime: createdAt } },
    },
    ...draft.properties,
    creationTime: createdAt,
    keyCreationTime: before['keyCreationTime'] ?? { key1: createdAt, key2: createdAt },
    primaryEndpoints: { blob: `${endpoint}/${draft.name}/` },
    primaryLocation: draft['location'] ?? null,
    statusOfPrimary: 'available',
    provisioningState: 'Succeeded',
  };
}

/** The blob service of an account. Its settings are kept and shown; retention and versioning are not acted on (see README.md). */
function blobServiceRow(): ResourceType {
  return {
    type: 'Microsoft.Storage/storageAccounts/blobServices',
    token: 'storage:BlobServiceProperties',
    path: `${ACCOUNT_PATH}/blobServices/{blobServicesName}`,
    apiVersions: API_VERSIONS,
    envelope: [],
    existence: 'singleton',
    initial: { cors: { corsRules: [] }, deleteRetentionPolicy: { allowPermanentDelete: false, enabled: false } },
    behaviour: {
      validate({ parameters }) {
        if (parameters['blobServicesName'] !== 'default') {
          throw new AzureError(400, 'InvalidResourceName', `The blob service of a storage account is named "default", not "${parameters['blobServicesName'] ?? ''}".`);
        }
      },
      complete(draft) {
        draft.properties = { cors: { corsRules: [] }, deleteRetentionPolicy: { allowPermanentDelete: false, enabled: false }, ...draft.properties };
      },
    },
  };
}

/** The services of an account beside its blobs. Each account has them; here they can be named, for instance by a diagnostic setting, and answer nothing. */
const UNSERVED = ['file', 'queue', 'table'] as const;

function unservedServiceRow(service: (typeof UNSERVED)[number]): ResourceType {
  return {
    type: `Microsoft.Storage/storageAccounts/${service}Services`,
    token: `storage:${service.charAt(0).toUpperCase()}${service.slice(1)}ServiceProperties`,
    path: `${ACCOUNT_PATH}/${service}Services/default`,
    apiVersions: API_VERSIONS,
    envelope: [],
    existence: 'singleton',
    initial: { cors: { corsRules: [] } },
    behaviour: {
      validate() {
        throw notSupportedLocally(`The settings of an account's ${service} service`);
      },
    },
  };
}

const publicAccessSchema = z.enum(['None', 'Blob', 'Container']);

function containerRow({ context, accounts, azurite, arm }: StorageRowDependencies): ResourceType {
  return {
    type: CONTAINER_TYPE,
    token: 'storage:BlobContainer',
    path: CONTAINER_PATH,
    apiVersions: API_VERSIONS,
    envelope: [],
    existence: 'created',
    behaviour: {
      validate({ id, parameters, body }) {
        const name = parameters['containerName'] ?? '';
        if (!CONTAINER_NAME.test(name)) {
          throw new AzureError(400, 'InvalidResourceName', `The container name "${name}" is not allowed. Allowed: 3 to 63 lower-case letters, digits and single dashes, beginning and ending with a letter or digit.`);
        }
        const properties = objectOf(body['properties']);
        const access = publicAccessSchema.catch('None').parse(properties['publicAccess']);
        if (access !== 'None' && arm.get(accountIdOf(id))?.properties['allowBlobPublicAccess'] !== true) {
          throw new AzureError(409, 'PublicAccessNotPermitted', `Public access is not permitted on this storage account, so publicAccess cannot be "${access}". Leave it out, or set allowBlobPublicAccess on the account.`);
        }
        if (objectOf(properties['immutableStorageWithVersioning'])['enabled'] === true) throw notSupportedLocally('Immutable storage with versioning');
      },
      complete(draft) {
        draft.properties = {
          publicAccess: 'None',
          defaultEncryptionScope: '$account-encryption-key',
          denyEncryptionScopeOverride: false,
          ...draft.properties,
          hasImmutabilityPolicy: false,
          hasLegalHold: false,
          leaseStatus: 'Unlocked',
          leaseState: 'Available',
        };
      },
      async judgeRemoval(resource, removedId) {
        const account = accounts.find(accountNameOf(resource.id));
        if (!account || !arm.get(`${resource.id}/${IMMUTABILITY_POLICY}`) || !(await azurite.use((at) => holdsBlobs(at, accounts, account, resource.name, context.now())))) return;
        const what = `the container ${resource.name} holds blobs and has an immutability policy`;
        if (removedId.toLowerCase() === resource.id.toLowerCase()) throw new AzureError(409, 'ContainerProtectedFromDeletion', `The container cannot be deleted: ${what}. Delete the policy first, where it is not locked.`);
        throw new AzureError(409, 'AccountProtectedFromDeletion', `The storage account ${account.name} cannot be deleted: ${what}.`);
      },
      async provision(resource) {
        const account = accounts.find(accountNameOf(resource.id));
        if (!account) throw new AzureError(404, 'ParentResourceNotFound', `The storage account of the container ${resource.name} does not exist.`);
        await azurite.use((at) => ensureContainer(at, accounts, account, toContainer(resource), context.now()));
      },
      async remove(resource) {
        const account = accounts.find(accountNameOf(resource.id));
        if (account) await azurite.use((at) => deleteContainer(at, accounts, account, resource.name, context.now()));
      },
    },
  };
}

/** What Azurite is to hold for a container of ARM. */
export function toContainer(resource: Resource): { name: string; publicAccess: z.infer<typeof publicAccessSchema>; metadata: Record<string, string> } {
  return {
    name: resource.name,
    publicAccess: publicAccessSchema.catch('None').parse(resource.properties['publicAccess']),
    metadata: z.record(z.string(), z.string()).catch({}).parse(resource.properties['metadata'] ?? {}),
  };
}

export function accountNameOf(containerId: string): string {
  return (/\/storageAccounts\/([^/]+)/i.exec(containerId)?.[1] ?? '').toLowerCase();
}

function accountIdOf(containerId: string): string {
  return containerId.split(/\/blobServices\//i)[0] ?? '';
}

function objectOf(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

import { z } from 'zod';
import type { Arm, JsonObject, PutRequest, Resource, ResourceType } from '../arm/types.ts';
import type { LocalContext } from '../core/context.ts';
import { AzureError, notSupportedLocally } from '../core/errors.ts';
import type { Directory } from '../entra/types.ts';
import { connectionsTo } from '../network/privateEndpoints.ts';
import { CURVE, KEY_TYPE, type KeyStore } from './keys.ts';
import { RETENTION_DAYS, VAULT_NAME } from './limits.ts';
import { deletedButRecoverable, judgeName, type SecretAttributes, type SecretStore, type SecretVersion } from './secrets.ts';
import type { VaultRecord, VaultRegistry } from './vaults.ts';

export interface KeyVaultRowDependencies {
  readonly context: LocalContext;
  readonly arm: Pick<Arm, 'get' | 'list'>;
  readonly directory: Directory;
  readonly vaults: VaultRegistry;
  readonly secrets: SecretStore;
  readonly keys: KeyStore;
  /** Opens the vault's listener, if it is not open. */
  readonly serve: (name: string) => Promise<void>;
  readonly stopServing: (name: string) => Promise<void>;
}

const API_VERSIONS = ['2024-11-01', '2022-07-01', '2023-02-01', '2023-07-01'] as const;
const VAULT_PATH = '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.KeyVault/vaults/{vaultName}';

export function keyVaultResourceTypes(dependencies: KeyVaultRowDependencies): ResourceType[] {
  return [vaultRow(dependencies), secretRow(dependencies), keyRow(dependencies)];
}

export const listenerName = (vaultName: string): string => `vault:${vaultName.toLowerCase()}`;

function vaultRow({ context, arm, directory, vaults, serve, stopServing }: KeyVaultRowDependencies): ResourceType {
  return {
    type: 'Microsoft.KeyVault/vaults',
    token: 'keyvault:Vault',
    path: VAULT_PATH,
    apiVersions: API_VERSIONS,
    envelope: ['location', 'tags'],
    propertiesInput: true,
    existence: 'created',
    replaceOnChange: ['location'],
    behaviour: {
      validate(request) {
        judgeVault(request, directory.tenantId);
        judgeVaultName(request, vaults.find(request.parameters['vaultName'] ?? ''));
      },
      async complete(draft, request) {
        await completeVault(draft, request, vaults, context);
      },
      async provision(resource) {
        vaults.keep(resource);
        await serve(resource.name);
      },
      async remove(resource) {
        if (vaults.find(resource.name)?.deletion === undefined) vaults.softDelete(resource);
        await stopServing(resource.name);
      },
      present(resource) {
        const connections = connectionsTo(arm, resource.id);
        return connections.length === 0 ? resource : { ...resource, properties: { ...resource.properties, privateEndpointConnections: connections } };
      },
    },
  };
}

/** Source: learn.microsoft.com, "Azure Key Vault soft-delete overview" and "Azure Key Vault recovery management". */
function judgeVault({ body, existing }: PutRequest, tenantId: string): void {
  const properties = propertiesOf(body);
  if (properties['enableSoftDelete'] === false) {
    throw new AzureError(400, 'BadRequest', 'The property "enableSoftDelete" cannot be set to false. Soft delete is on for every vault, for good. Leave the property out, or set it to true.');
  }
  if (properties['enablePurgeProtection'] === false) {
    throw new AzureError(400, 'BadRequest', 'The property "enablePurgeProtection" cannot be set to false. Enabling the purge protection for a vault is an irreversible action. Leave the property out, or set it to true.');
  }
  if (properties['createMode'] !== 'recover' && properties['enableRbacAuthorization'] !== true) {
    throw notSupportedLocally(`Access policies (properties.enableRbacAuthorization is ${properties['enableRbacAuthorization'] === undefined ? 'absent, which means false' : 'false'}; the local Key Vault authorizes by roles: set it to true). A vault with access policies`);
  }
  if (properties['tenantId'] !== undefined && properties['tenantId'] !== tenantId) {
    throw new AzureError(400, 'BadRequest', `properties.tenantId is ${JSON.stringify(properties['tenantId'])}; the vault's tenant must be the subscription's, ${tenantId}.`);
  }
  judgePublicAccess(properties['publicNetworkAccess']);
  const days = properties['softDeleteRetentionInDays'];
  if (days === undefined || days === null) return;
  if (typeof days !== 'number' || !Number.isInteger(days) || days < RETENTION_DAYS.least || days > RETENTION_DAYS.most) {
    throw new AzureError(400, 'BadRequest', `properties.softDeleteRetentionInDays is ${JSON.stringify(days)}; allowed are whole days from ${RETENTION_DAYS.least} to ${RETENTION_DAYS.most}.`);
  }
  if (existing && existing.properties['softDeleteRetentionInDays'] !== days) {
    throw new AzureError(400, 'BadRequest', `The property "softDeleteRetentionInDays" has been set already (${JSON.stringify(existing.properties['softDeleteRetentionInDays'])}) and it can't be modified.`);
  }
}

/** The contract has it as any text. Source: learn.microsoft.com, Key Vault REST API, "Vaults - Create Or Update", publicNetworkAccess. */
function judgePublicAccess(given: JsonObject[string] | undefined): void {
  if (given == null || ['enabled', 'disabled'].includes(String(given).toLowerCase())) return;
  if (String(given).toLowerCase() === 'securedbyperimeter') throw notSupportedLocally('properties.publicNetworkAccess SecuredByPerimeter (network security perimeters)');
  throw new AzureError(400, 'BadRequest', `properties.publicNetworkAccess is ${JSON.stringify(given)}; allowed are "enabled" and "disabled".`);
}

function judgeVaultName({ id, parameters, body, existing }: PutRequest, known: VaultRecord | undefined): void {
  const name = parameters['vaultName'] ?? '';
  if (!VAULT_NAME.test(name)) {
    throw new AzureError(
      400,
      'VaultNameNotValid',
      `The vault name '${name}' is invalid. A vault's name must be between 3-24 alphanumeric characters. The name must begin with a letter, end with a letter or digit, and not contain consecutive hyphens.`,
    );
  }
  const recovers = propertiesOf(body)['createMode'] === 'recover';
  if (recovers && !known?.deletion && !existing) {
    throw new AzureError(404, 'DeletedVaultNotFound', `createMode is "recover", and there is no soft-deleted vault "${name}" to recover. Leave createMode out to create the vault.`);
  }
  if (!known) return;
  if (known.deletion && !(recovers && known.id.toLowerCase() === id.toLowerCase())) {
    const where = recovers ? ` It was ${known.id}, and can be recovered under that id only.` : '';
    throw new AzureError(
      409,
      'ConflictError',
      `A vault with the same name already exists in deleted state. You need to either recover or purge existing key vault "${name}" (properties.createMode "recover" brings it back; its retention ends ${known.deletion.purgeAt}).${where}`,
    );
  }
  if (!known.deletion && known.id.toLowerCase() !== id.toLowerCase()) {
    throw new AzureError(409, 'VaultAlreadyExists', `The vault name '${name}' is already in use. Vault names are globally unique so it is possible that the name is already taken. Choose another name.`);
  }
}

async function completeVault(draft: Resource, request: PutRequest, vaults: VaultRegistry, context: LocalContext): Promise<void> {
  const retained: JsonObject = vaults.find(draft.name)?.deletion?.properties ?? {};
  const given = withoutNulls(draft.properties);
  delete given['createMode']; // said once, not a property of the vault
  const port = await context.listeners.reserve(listenerName(draft.name));
  draft.properties = {
    sku: { family: 'A', name: 'standard' },
    tenantId: context.tenantId,
    accessPolicies: [],
    enabledForDeployment: false,
    enableSoftDelete: true,
    softDeleteRetentionInDays: request.existing?.properties['softDeleteRetentionInDays'] ?? RETENTION_DAYS.most,
    publicNetworkAccess: 'Enabled',
    ...retained,
    ...given,
    // Purge protection stays once it is on, also when a PUT leaves it out.
    ...(request.existing?.properties['enablePurgeProtection'] === true || retained['enablePurgeProtection'] === true ? { enablePurgeProtection: true } : {}),
    vaultUri: `https://127.0.0.1:${port}/`,
    provisioningState: 'Succeeded',
  };
}

const secretPropertiesSchema = z.object({
  value: z.string().nullish(),
  contentType: z.string().nullish(),
  attributes: z.object({ enabled: z.boolean().nullish(), exp: z.number().nullish(), nbf: z.number().nullish() }).nullish(),
});

/**
 * Secrets through ARM. The value is taken in and never shown: the resource holds attributes and identifiers only.
 * Source: learn.microsoft.com, Key Vault REST API, "Secrets - Create Or Update" (resource provider).
 */
function secretRow({ context, vaults, secrets }: KeyVaultRowDependencies): ResourceType {
  const show = (resource: Resource, version: SecretVersion): Resource => ({
    ...resource,
    properties: describe(version, `https://127.0.0.1:${context.listeners.portOf(listenerName(vaultNameOf(resource.id))) ?? 0}/secrets/${resource.name}`),
  });
  return {
    type: 'Microsoft.KeyVault/vaults/secrets',
    token: 'keyvault:Secret',
    path: `${VAULT_PATH}/secrets/{secretName}`,
    apiVersions: API_VERSIONS,
    envelope: ['tags'],
    renames: { 'properties.attributes.expires': 'exp', 'properties.attributes.notBefore': 'nbf' },
    propertiesInput: true,
    existence: 'created',
    behaviour: {
      validate({ parameters, body }) {
        const { vaultName = '', secretName = '' } = parameters;
        judgeName(secretName);
        if (secrets.findDeleted(vaultName, secretName)) throw deletedButRecoverable(secretName);
        const given = secretPropertiesSchema.safeParse(propertiesOf(body));
        if (!given.success) throw new AzureError(400, 'BadRequest', `The secret's properties are not as the API has them: ${given.error.issues.map((issue) => issue.path.join('.')).join(', ')}.`);
        if (!secrets.find(vaultName, secretName) && typeof given.data.value !== 'string') {
          throw new AzureError(400, 'BadRequest', `properties.value is missing; the first version of the secret ${secretName} needs one.`);
        }
      },
      complete(draft, { parameters }) {
        const { vaultName = '', secretName = '' } = parameters;
        const { value, ...rest } = secretPropertiesSchema.parse(draft.properties);
        // The value leaves the draft before anything is stored, and rests sealed in the vault's own store.
        draft.properties = {};
        const attributes = toAttributes(rest, z.record(z.string(), z.string()).catch({}).parse(draft['tags'] ?? {}));
        const current = secrets.find(vaultName, secretName)?.versions.at(-1);
        const same = current !== undefined && (typeof value !== 'string' || secrets.reveal(current) === value);
        const version = same ? secrets.update(vaultName, secretName, current.version, attributes) : secrets.set(vaultName, secretName, value ?? '', attributes);
        draft.properties = show(draft, version).properties;
      },
      remove(resource) {
        // azure-native removes a secret through the vault's own API, which soft-deletes it.
        const vaultName = vaultNameOf(resource.id);
        if (secrets.find(vaultName, resource.name)) secrets.delete(vaultName, resource.name, vaults.find(vaultName)?.retentionDays ?? RETENTION_DAYS.most);
      },
      present(resource) {
        const version = secrets.find(vaultNameOf(resource.id), resource.name)?.versions.at(-1);
        return version ? show(resource, version) : resource;
      },
    },
  };
}

const keyPropertiesSchema = z.object({
  kty: z.string().optional(),
  curveName: z.string().optional(),
  keyOps: z.array(z.string()).optional(),
});

/**
 * Keys through ARM. A key that exists is never changed by a PUT, as its type and curve cannot be.
 * Source: learn.microsoft.com, Key Vault REST API, "Keys - Create If Not Exist" (resource provider): it creates the first version, and does not
 * change existing resources.
 */
function keyRow({ context, keys }: KeyVaultRowDependencies): ResourceType {
  return {
    type: 'Microsoft.KeyVault/vaults/keys',
    token: 'keyvault:Key',
    path: `${VAULT_PATH}/keys/{keyName}`,
    apiVersions: API_VERSIONS,
    envelope: ['tags'],
    propertiesInput: true,
    flatOutputs: true,
    existence: 'created',
    behaviour: {
      validate({ body }) {
        const given = keyPropertiesSchema.safeParse(propertiesOf(body));
        if (!given.success) throw new AzureError(400, 'BadRequest', `The key's properties are not as the API has them: ${given.error.issues.map((issue) => issue.path.join('.')).join(', ')}.`);
        const { kty, curveName = CURVE } = given.data;
        if (kty !== KEY_TYPE || curveName !== CURVE) throw notSupportedLocally(`A key of type ${kty ?? 'none'} and curve ${curveName} (${KEY_TYPE} of curve ${CURVE} is what is held here)`);
        const further = Object.keys(propertiesOf(body)).filter((name) => !['kty', 'curveName', 'keyOps', 'attributes'].includes(name));
        if (further.length > 0) throw notSupportedLocally(`A key with ${further.join(', ')}`);
      },
      complete(draft, { parameters }) {
        const { vaultName = '', keyName = '' } = parameters;
        const { keyOps } = keyPropertiesSchema.parse(draft.properties);
        const record = keys.create(vaultName, keyName, keyOps ?? ['sign', 'verify']);
        const keyUri = `https://127.0.0.1:${context.listeners.portOf(listenerName(vaultName)) ?? 0}/keys/${record.name}`;
        const [version] = record.versions;
        draft.properties = {
          ...draft.properties, kty: KEY_TYPE, curveName: CURVE, keyOps: record.operations, keyUri, keyUriWithVersion: `${keyUri}/${version?.version ?? ''}`,
          attributes: { enabled: true, created: version?.created ?? 0, updated: version?.updated ?? 0, exportable: false, recoveryLevel: 'Recoverable' },
        };
      },
    },
  };
}

function toAttributes(properties: Omit<z.infer<typeof secretPropertiesSchema>, 'value'>, tags: Record<string, string>): SecretAttributes {
  return {
    tags,
    contentType: properties.contentType ?? undefined,
    enabled: properties.attributes?.enabled ?? undefined,
    expires: properties.attributes?.exp ?? undefined,
    notBefore: properties.attributes?.nbf ?? undefined,
  };
}

function describe(version: SecretVersion, secretUri: string): JsonObject {
  return {
    ...(version.contentType === undefined ? {} : { contentType: version.contentType }),
    attributes: {
      enabled: version.enabled,
      ...(version.expires === undefined ? {} : { exp: version.expires }),
      ...(version.notBefore === undefined ? {} : { nbf: version.notBefore }),
      created: version.created,
      updated: version.updated,
    },
    secretUri,
    secretUriWithVersion: `${secretUri}/${version.version}`,
  };
}

function vaultNameOf(secretId: string): string {
  return /\/vaults\/([^/]+)\//i.exec(secretId)?.[1] ?? '';
}

function propertiesOf(body: JsonObject): JsonObject {
  const { properties } = body;
  return typeof properties === 'object' && properties !== null && !Array.isArray(properties) ? properties : {};
}

function withoutNulls(properties: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== null));
}

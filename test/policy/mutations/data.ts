import type { Mutation } from './mutation.ts';

const VAULT = ['keyvault:Vault'];
const ACCOUNT = ['storage:StorageAccount'];
const STATE = { on: ACCOUNT, named: /^mcpstate/ };
const SERVICE = ['storage:BlobServiceProperties'];
const RETENTION = ['storage:BlobContainerImmutabilityPolicy'];

/** The vault, the accounts and what lies in them. */
export const DATA_MUTATIONS: readonly Mutation[] = [
  { id: 'access-policies', means: 'A right on one secret is one on all.', rule: 'vault-rbac', change: { kind: 'to', on: VAULT, path: 'properties.enableRbacAuthorization', to: false } },
  { id: 'secrets-by-vm', means: 'Whoever may make a virtual machine has secrets put into it.', rule: 'vault-rbac', change: { kind: 'to', on: VAULT, path: 'properties.enabledForDeployment', to: true } },
  { id: 'secrets-by-disk', means: 'Disk encryption reads the vault.', rule: 'vault-rbac', change: { kind: 'to', on: VAULT, path: 'properties.enabledForDiskEncryption', to: true } },
  { id: 'secrets-by-template', means: 'Whoever may deploy a template reads secrets through it.', rule: 'vault-rbac', change: { kind: 'to', on: VAULT, path: 'properties.enabledForTemplateDeployment', to: true } },
  { id: 'purge', means: 'The key that the record is verified by can be destroyed at once.', rule: 'vault-purge-protection', change: { kind: 'to', on: VAULT, path: 'properties.enablePurgeProtection', to: false } },
  { id: 'no-soft-delete', means: 'A vault that is deleted by mistake is gone.', rule: 'vault-soft-delete', change: { kind: 'to', on: VAULT, path: 'properties.enableSoftDelete', to: false } },
  { id: 'a-week-to-recover', means: 'A deletion that is noticed after a week cannot be taken back.', rule: 'vault-soft-delete', change: { kind: 'to', on: VAULT, path: 'properties.softDeleteRetentionInDays', to: 7 } },
  { id: 'public-vault', means: 'The vault answers the internet: a stolen token suffices.', rule: 'private-endpoints', change: { kind: 'to', on: VAULT, path: 'properties.publicNetworkAccess', to: 'Enabled' } },
  { id: 'vault-of-another-tenant', means: 'Identities of another tenant are the ones that the vault knows.', rule: 'trusted-names', about: 'web:WebAppApplicationSettings', change: { kind: 'to', on: VAULT, path: 'properties.tenantId', to: '99999999-2222-3333-4444-555555555555' } },
  { id: 'key-elsewhere', means: 'The signing key stands in a vault of somebody else.', rule: 'within-stack', change: { kind: 'foreign', on: ['keyvault:Key'], path: 'vaultName', to: 'other' } },
  { id: 'secret-elsewhere', means: 'The secret is written into a vault of somebody else.', rule: 'within-stack', change: { kind: 'foreign', on: ['keyvault:Secret'], path: 'vaultName', to: 'other' } },
  { id: 'shared-key', means: 'A key that stands above every role opens the record.', rule: 'storage-no-shared-key', change: { kind: 'to', ...STATE, path: 'allowSharedKeyAccess', to: true } },
  { id: 'shared-key-by-default', means: 'The same, because the service allows it unless it is told otherwise.', rule: 'storage-no-shared-key', change: { kind: 'omitted', ...STATE, path: 'allowSharedKeyAccess' } },
  { id: 'public-blobs', means: 'A container can be opened to everybody.', rule: 'storage-no-public-blobs', change: { kind: 'to', on: ACCOUNT, path: 'allowBlobPublicAccess', to: true } },
  { id: 'public-container', means: 'Whoever knows an address reads packages or the record.', rule: 'storage-no-public-blobs', change: { kind: 'to', on: ['storage:BlobContainer'], path: 'publicAccess', to: 'Blob' } },
  { id: 'replicated-away', means: 'The record is copied into the tenant of somebody else.', rule: 'storage-no-cross-tenant-replication', change: { kind: 'to', on: ACCOUNT, path: 'allowCrossTenantReplication', to: true } },
  { id: 'storage-in-clear', means: 'Tokens and data can be read on the way.', rule: 'storage-https', change: { kind: 'to', on: ACCOUNT, path: 'enableHttpsTrafficOnly', to: false } },
  { id: 'storage-old-tls', means: 'TLS that can be broken.', rule: 'storage-tls', change: { kind: 'to', on: ACCOUNT, path: 'minimumTlsVersion', to: 'TLS1_0' } },
  { id: 'public-record', means: 'The record answers the internet: a stolen token suffices.', rule: 'private-endpoints', change: { kind: 'to', ...STATE, path: 'publicNetworkAccess', to: 'Enabled' } },
  { id: 'storage-in-one-zone', means: 'The failure of one zone takes the record, or the packages that instances start from.', rule: 'zone-redundancy', change: { kind: 'to', on: ACCOUNT, path: 'sku.name', to: 'Standard_LRS' } },
  { id: 'vault-open-once-opened', means: 'Whoever opens the public endpoint for a moment opens it to everybody.', rule: 'private-endpoints', change: { kind: 'to', on: VAULT, path: 'properties.networkAcls.defaultAction', to: 'Allow' } },
  { id: 'record-open-once-opened', means: 'The same, for the record.', rule: 'private-endpoints', change: { kind: 'to', ...STATE, path: 'networkRuleSet.defaultAction', to: 'Allow' } },
  { id: 'blobs-gone', means: 'A blob that is deleted by mistake, or by an intruder, is gone.', rule: 'storage-soft-delete', change: { kind: 'to', on: SERVICE, path: 'deleteRetentionPolicy.enabled', to: false } },
  { id: 'containers-gone', means: 'The same, for a container as a whole.', rule: 'storage-soft-delete', change: { kind: 'to', on: SERVICE, path: 'containerDeleteRetentionPolicy.enabled', to: false } },
  { id: 'blobs-kept-for-a-day', means: 'A deletion that is noticed after a day cannot be taken back.', rule: 'storage-soft-delete', change: { kind: 'to', on: SERVICE, path: 'deleteRetentionPolicy.days', to: 1 } },
  { id: 'containers-kept-for-a-day', means: 'The same, for a container as a whole.', rule: 'storage-soft-delete', change: { kind: 'to', on: SERVICE, path: 'containerDeleteRetentionPolicy.days', to: 1 } },
  { id: 'nothing-kept', means: 'The same: the service keeps nothing unless it is told to.', rule: 'storage-soft-delete', about: 'storage:StorageAccount', change: { kind: 'deleted', on: SERVICE } },
  { id: 'kept-elsewhere', means: 'The same: the account of somebody else keeps what is deleted.', rule: 'within-stack', change: { kind: 'foreign', on: SERVICE, path: 'accountName', to: 'other' } },
  { id: 'no-retention', means: 'The record, or what proves that it is whole, can be changed and deleted.', rule: 'record-retention', about: 'storage:BlobContainer', change: { kind: 'deleted', on: RETENTION } },
  { id: 'a-day-of-retention', means: 'The record can be deleted the next day.', rule: 'record-retention', change: { kind: 'to', on: RETENTION, path: 'immutabilityPeriodSinceCreationInDays', to: 1 } },
  { id: 'no-appends', means: 'The server cannot extend its record: it stops serving.', rule: 'record-retention', change: { kind: 'to', on: RETENTION, path: 'allowProtectedAppendWrites', to: false } },
  { id: 'retention-elsewhere', means: 'The retention policy protects the account of somebody else.', rule: 'within-stack', change: { kind: 'foreign', on: RETENTION, path: 'accountName', to: 'other' } },
  { id: 'retention-of-another', means: 'The retention policy protects another container.', rule: 'record-retention', about: 'storage:BlobContainer', change: { kind: 'foreign', on: RETENTION, path: 'containerName', to: 'other' } },
  { id: 'record-renamed', means: 'The server writes into a container that nothing protects.', rule: 'record-retention', about: 'web:WebApp', change: { kind: 'to', on: ['storage:BlobContainer'], named: /^state-(?:audit|anchors)$/, path: 'containerName', to: 'other' } },
  { id: 'container-elsewhere', means: 'The container is made in the account of somebody else.', rule: 'within-stack', change: { kind: 'foreign', on: ['storage:BlobContainer'], path: 'accountName', to: 'other' } },
  { id: 'uploaded-elsewhere', means: 'The package lies where somebody else can replace it.', rule: 'within-stack', change: { kind: 'foreign', on: ['storage:Blob'], path: 'accountName', to: 'other' } },
  { id: 'uploaded-beside', means: 'The package lies in a container with other rights.', rule: 'within-stack', change: { kind: 'foreign', on: ['storage:Blob'], path: 'containerName', to: 'other' } },
];

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { tools } from '../../app/tools/index.ts';
import { PROJECT } from '../../infra/config.ts';
import { toolReviewed } from '../../policy/rules/tools/toolReviewed.ts';
import { QUERIES } from '../../infra/queries/index.ts';
import { analyse } from './queries/kusto.ts';
import { PACKAGE_HOST, recordProgram, Refusal, SUBSCRIPTION_ID, TENANT_ID, type Recording, type Registered } from './recordProgram.ts';

const LOCATION = { 'azure-native:location': 'westeurope' };
const KEY = Buffer.alloc(32, 9).toString('base64url');
const OPERATOR = '11111111-2222-3333-4444-555555555555';
const CALLER = '11111111-2222-3333-4444-666666666666';
const FRONT_DOOR = '33333333-2222-3333-4444-555555555555';
const PINNED_DIGEST = 'c'.repeat(64);
const CONFIGURED = {
  ...LOCATION,
  [`${PROJECT}:requestStateKey`]: KEY,
  [`${PROJECT}:stagingPackage`]: `5e6f7a8b/${PINNED_DIGEST}`,
  [`${PROJECT}:allowedOrigins`]: '["https://a.example","https://b.example"]',
  [`${PROJECT}:privateEndpoints`]: 'true',
  [`${PROJECT}:virtualNetworkPrefix`]: '172.20.5.0/24',
  [`${PROJECT}:egressFirewallIp`]: '10.0.1.4',
  [`${PROJECT}:allowedFrontDoorId`]: FRONT_DOOR,
  [`${PROJECT}:allowedInboundCidrs`]: '["203.0.113.0/24"]',
  [`${PROJECT}:authorizationServer`]: 'facade',
  [`${PROJECT}:instances`]: '7',
  [`${PROJECT}:maxInstances`]: '12',
  [`${PROJECT}:zoneRedundant`]: 'true',
  [`${PROJECT}:alertEmails`]: '["on-call@example.com"]',
  [`${PROJECT}:planSku`]: 'P1v3',
  [`${PROJECT}:logRetentionDays`]: '60',
  [`${PROJECT}:softDeleteRetentionDays`]: '14',
  [`${PROJECT}:roleAssignments`]: JSON.stringify({ whoami: [CALLER, OPERATOR], '*': [OPERATOR] }),
  [`${PROJECT}:owner`]: 'Team MCP',
  [`${PROJECT}:repository`]: 'example/mcp',
};
const IDENTITY_ID = (stack: string) => `azure-native:managedidentity:UserAssignedIdentity/mcp-${stack}-/id`;

/** Every resource of a stack, but the locks of prod. A change here is a change of what is deployed. */
const RESOURCES = [
  'azure-native:applicationinsights:Component',
  'azure-native:applicationinsights:WebTest availability',
  'azure-native:applicationinsights:Workbook workbook',
  'azure-native:authorization:RoleAssignment read-access',
  'azure-native:authorization:RoleAssignment read-packages',
  'azure-native:authorization:RoleAssignment read-request-state-key',
  'azure-native:authorization:RoleAssignment send-telemetry',
  'azure-native:authorization:RoleAssignment sign-records',
  'azure-native:authorization:RoleAssignment write-anchors',
  'azure-native:authorization:RoleAssignment write-records',
  'azure-native:authorization:RoleDefinition append-blobs',
  'azure-native:authorization:RoleDefinition sign-with-key',
  'azure-native:keyvault:Key audit-anchor',
  'azure-native:keyvault:Key release-lock',
  'azure-native:keyvault:Secret request-state-key',
  'azure-native:keyvault:Vault',
  'azure-native:managedidentity:UserAssignedIdentity',
  'azure-native:network:NetworkSecurityGroup',
  'azure-native:network:NetworkSecurityGroup endpoints',
  'azure-native:network:VirtualNetwork',
  'azure-native:monitor:ActionGroup',
  'azure-native:monitor:DiagnosticSetting endpoints-group-logs',
  'azure-native:monitor:DiagnosticSetting integration-group-logs',
  'azure-native:monitor:DiagnosticSetting network-logs',
  'azure-native:monitor:DiagnosticSetting package-file-logs',
  'azure-native:monitor:DiagnosticSetting package-logs',
  'azure-native:monitor:DiagnosticSetting package-queue-logs',
  'azure-native:monitor:DiagnosticSetting package-table-logs',
  'azure-native:monitor:DiagnosticSetting plan-metrics',
  'azure-native:monitor:DiagnosticSetting site-logs',
  'azure-native:monitor:DiagnosticSetting staging-logs',
  'azure-native:monitor:DiagnosticSetting state-file-logs',
  'azure-native:monitor:DiagnosticSetting state-logs',
  'azure-native:monitor:DiagnosticSetting state-queue-logs',
  'azure-native:monitor:DiagnosticSetting state-table-logs',
  'azure-native:monitor:DiagnosticSetting vault-logs',
  'azure-native:monitor:DiagnosticSetting workspace-logs',
  'azure-native:monitor:MetricAlert unavailable',
  'azure-native:monitor:MetricAlert unhealthy-instances',
  'azure-native:monitor:ScheduledQueryRule audit-failures',
  'azure-native:monitor:ScheduledQueryRule denied-calls',
  'azure-native:monitor:ScheduledQueryRule server-errors',
  'azure-native:monitor:ScheduledQueryRule slow-calls',
  'azure-native:monitor:ScheduledQueryRule uneven-spread',
  'azure-native:operationalinsights:Workspace',
  'azure-native:resources:ResourceGroup',
  'azure-native:resources:ResourceGroup state',
  'azure-native:storage:Blob package-<digest>',
  'azure-native:storage:BlobContainer packages',
  'azure-native:storage:BlobContainer releases',
  'azure-native:storage:BlobContainer state-access',
  'azure-native:storage:BlobContainer state-anchors',
  'azure-native:storage:BlobContainer state-audit',
  'azure-native:storage:BlobContainerImmutabilityPolicy keep-anchors',
  'azure-native:storage:BlobContainerImmutabilityPolicy keep-audit',
  'azure-native:storage:BlobServiceProperties package-blob-service',
  'azure-native:storage:BlobServiceProperties state-blob-service',
  'azure-native:storage:StorageAccount',
  'azure-native:storage:StorageAccount state',
  'azure-native:web:AppServicePlan',
  'azure-native:web:WebApp',
  'azure-native:web:WebAppApplicationSettings production',
  'azure-native:web:WebAppApplicationSettingsSlot staging',
  'azure-native:web:WebAppFtpAllowed ftp',
  'azure-native:web:WebAppFtpAllowedSlot ftp-staging',
  'azure-native:web:WebAppScmAllowed scm',
  'azure-native:web:WebAppScmAllowedSlot scm-staging',
  'azure-native:web:WebAppSlot staging',
  'azure-native:web:WebAppSlotConfigurationNames slot-settings',
  'azuread:index/application:Application tool-api',
  'azuread:index/applicationIdentifierUri:ApplicationIdentifierUri server-url',
  'azuread:index/applicationIdentifierUri:ApplicationIdentifierUri server-url-staging',
  'azuread:index/applicationPreAuthorized:ApplicationPreAuthorized preauthorized-aebc6443-996d-45c2-90f0-388ff96faa56',
  'azuread:index/servicePrincipal:ServicePrincipal tool-api',
];

/** What site and slot must be, property by property. */
const HARDENED = {
  clientAffinityEnabled: false,
  clientAffinityProxyEnabled: false,
  clientAffinityPartitioningEnabled: false,
  httpsOnly: true,
  reserved: true,
  kind: 'app,linux',
};
const HARDENED_CONFIG = {
  linuxFxVersion: 'NODE|24-lts',
  appCommandLine: 'node --max-semi-space-size=16 server.mjs',
  alwaysOn: true,
  healthCheckPath: '/health',
  http20Enabled: true,
  minTlsVersion: '1.2',
  scmMinTlsVersion: '1.2',
  ftpsState: 'Disabled',
  remoteDebuggingEnabled: false,
};

const recordings = new Map<string, Recording>();
const of = (stack: string): Recording => {
  const recording = recordings.get(stack);
  assert.ok(recording);
  return recording;
};

/** The name of a resource without what differs between stacks and builds. */
function placeOf(name: string, stack: string, digest: string): string {
  if (name === `mcp-${stack}-endpoints-`) return 'endpoints';
  return name === `mcp-${stack}-state-` || name === `mcpstate${stack}` ? 'state' : name.replace(digest, '<digest>');
}

/** The resource of that type and name. */
function one(recording: Recording, type: string, name: string): Registered {
  const found = recording.all(type).find((resource) => resource.name === name);
  assert.ok(found, `${type} ${name}`);
  return found;
}

function pick(object: unknown, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(keys.map((key) => [key, (object as Record<string, unknown>)[key]]));
}

describe('the program', () => {
  before(async () => {
    await Promise.all([
      ['staging', LOCATION] as const,
      ['prod', LOCATION] as const,
      ['configured', CONFIGURED] as const,
    ].map(async ([stack, configuration]) => recordings.set(stack, await recordProgram(stack, configuration))));
  });

  it('makes the same resources in both stacks, and locks those of prod', () => {
    for (const [stack, locks] of [['staging', []], ['prod', ['keep-state', 'keep-vault', 'keep-workspace']]] as const) {
      const digest = String(of(stack).outputs['packageDigest']);
      const made = of(stack).resources.map(({ type, name }) => (name === `mcp-${stack}-` || name === `mcp${stack}` ? type : `${type} ${placeOf(name, stack, digest)}`)).sort();
      assert.deepEqual(made, [...RESOURCES, ...locks.map((name) => `azure-native:authorization:ManagementLockByScope ${name}`)].sort());
    }
  });

  it('has these outputs, and none of them is secret', () => {
    const { outputs, secretOutputs } = of('prod');
    assert.deepEqual(Object.keys(outputs).sort(), [
      'applicationInsightsName', 'auditSigningKeyUrl', 'egressNotEnforcedByNetwork', 'entraClientId', 'entraTenantId', 'identityClientId', 'mcpStagingUrl', 'mcpUrl', 'packageBlobUrl', 'packageDigest', 'planName',
      'releaseSigningKeyUrl', 'requestStateKeySource', 'resourceGroupName', 'siteName', 'stagingPackageDigest', 'stateAccountName', 'stateBlobUrl', 'stateResourceGroupName', 'storageAccountName', 'subscriptionId', 'vaultName', 'virtualNetworkName', 'workspaceName',
    ]);
    assert.deepEqual(secretOutputs, []);
    assert.equal(outputs['mcpUrl'], 'https://site.example/mcp');
    assert.equal(outputs['mcpStagingUrl'], 'https://site-staging.example/mcp');
    assert.match(String(outputs['packageDigest']), /^[0-9a-f]{64}$/);
    assert.equal(outputs['stagingPackageDigest'], outputs['packageDigest']);
    assert.equal(outputs['entraTenantId'], TENANT_ID);
  });

  for (const stack of ['staging', 'prod']) {
    for (const [slot, type] of [['production', 'azure-native:web:WebApp'], ['staging', 'azure-native:web:WebAppSlot']] as const) {
      it(`hardens the ${slot} slot of ${stack}`, () => {
        const { inputs } = of(stack).only(type);
        assert.deepEqual(pick(inputs, Object.keys(HARDENED)), HARDENED);
        assert.deepEqual(pick(inputs['siteConfig'], Object.keys(HARDENED_CONFIG)), HARDENED_CONFIG);
        assert.equal((inputs['siteConfig'] as Record<string, unknown>)['appSettings'], undefined);
        assert.deepEqual(inputs['identity'], { type: 'UserAssigned', userAssignedIdentities: [IDENTITY_ID(stack)] });
        assert.equal(inputs['keyVaultReferenceIdentity'], IDENTITY_ID(stack));
        assert.equal(inputs['serverFarmId'], `azure-native:web:AppServicePlan/mcp-${stack}-/id`);
      });
    }

    it(`switches basic authentication off for FTP and SCM, in both slots of ${stack}`, () => {
      for (const type of ['WebAppFtpAllowed', 'WebAppFtpAllowedSlot', 'WebAppScmAllowed', 'WebAppScmAllowedSlot']) {
        const { inputs } = of(stack).only(`azure-native:web:${type}`);
        assert.equal(inputs['allow'], false, type);
        assert.equal(inputs['slot'], type.endsWith('Slot') ? 'staging' : undefined, type);
        assert.equal(inputs['name'], of(stack).outputs['siteName'], type);
      }
    });

    it(`runs ${stack} on three workers of a Linux P0v3 plan`, () => {
      assert.deepEqual(pick(of(stack).only('azure-native:web:AppServicePlan').inputs, ['kind', 'reserved', 'sku']), {
        kind: 'linux', reserved: true, sku: { name: 'P0v3', capacity: 3 },
      });
    });
  }

  it('keeps one secret in a vault that is purge-protected and knows role assignments only [program.vault]', () => {
    const vault = of('prod').only('azure-native:keyvault:Vault').inputs['properties'];
    assert.deepEqual(vault, {
      tenantId: TENANT_ID,
      sku: { family: 'A', name: 'standard' },
      enableRbacAuthorization: true,
      enableSoftDelete: true,
      softDeleteRetentionInDays: 90,
      enablePurgeProtection: true,
      publicNetworkAccess: 'Enabled',
      enabledForDeployment: false,
      enabledForDiskEncryption: false,
      enabledForTemplateDeployment: false,
    });
    const secret = of('prod').only('azure-native:keyvault:Secret');
    assert.equal(secret.retainOnDelete, true);
    const { value } = secret.inputs['properties'] as { value: string };
    assert.equal(Buffer.from(value, 'base64url').length, 32);
    assert.ok(secret.secretInputs.includes('properties') || secret.secretInputs.includes('properties.value'), secret.secretInputs.join());
    assert.notEqual(value, (of('staging').only('azure-native:keyvault:Secret').inputs['properties'] as { value: string }).value);
  });

  it('never changes a generated secret by itself, and follows a configured one [program.generated-secret]', () => {
    assert.deepEqual(of('prod').only('azure-native:keyvault:Secret').ignoreChanges, ['properties', 'tags']);
    assert.deepEqual([of('prod'), of('configured')].map(({ outputs }) => outputs['requestStateKeySource']), ['generated', 'configuration']);
    const configured = of('configured').only('azure-native:keyvault:Secret');
    assert.equal((configured.inputs['properties'] as { value: string }).value, KEY);
    assert.deepEqual(configured.ignoreChanges, []);
  });

  it('grants seven roles at the narrowest scope, to the identity, and nothing else [program.roles]', () => {
    const grants = of('prod').all('azure-native:authorization:RoleAssignment').map(({ inputs }) => ({
      role: String(inputs['roleDefinitionId']), scope: inputs['scope'], principalId: inputs['principalId'], principalType: inputs['principalType'],
    }));
    const role = (guid: string) => `/subscriptions/${SUBSCRIPTION_ID}/providers/Microsoft.Authorization/roleDefinitions/${guid}`;
    const to = { principalId: 'identity-principal-id', principalType: 'ServicePrincipal' };
    assert.deepEqual(grants.sort((left, right) => `${left.role} ${String(left.scope)}`.localeCompare(`${right.role} ${String(right.scope)}`)), [
      { role: role('2a2b9908-6ea1-4ae2-8e65-a410df84e7d1'), scope: 'azure-native:storage:BlobContainer/packages/id', ...to },
      { role: role('2a2b9908-6ea1-4ae2-8e65-a410df84e7d1'), scope: 'azure-native:storage:BlobContainer/state-access/id', ...to },
      { role: role('3913510d-42f4-4e42-8a64-420c390055eb'), scope: 'azure-native:applicationinsights:Component/mcp-prod-/id', ...to },
      { role: role('4633458b-17de-408a-b874-0445c86b69e6'), scope: 'azure-native:keyvault:Secret/request-state-key/id', ...to },
      { role: 'azure-native:authorization:RoleDefinition/append-blobs/id', scope: 'azure-native:storage:BlobContainer/state-anchors/id', ...to },
      { role: 'azure-native:authorization:RoleDefinition/append-blobs/id', scope: 'azure-native:storage:BlobContainer/state-audit/id', ...to },
      { role: 'azure-native:authorization:RoleDefinition/sign-with-key/id', scope: 'azure-native:keyvault:Key/audit-anchor/id', ...to },
    ]);
  });

  it('keeps packages in a private container over HTTPS, and keeps each of them', () => {
    const account = one(of('prod'), 'azure-native:storage:StorageAccount', 'mcpprod').inputs;
    assert.deepEqual(pick(account, ['allowSharedKeyAccess', 'allowBlobPublicAccess', 'enableHttpsTrafficOnly', 'minimumTlsVersion', 'defaultToOAuthAuthentication', 'allowCrossTenantReplication']), {
      allowSharedKeyAccess: true, allowBlobPublicAccess: false, enableHttpsTrafficOnly: true, minimumTlsVersion: 'TLS1_2', defaultToOAuthAuthentication: true, allowCrossTenantReplication: false,
    });
    for (const name of ['packages', 'releases']) assert.equal(one(of('prod'), 'azure-native:storage:BlobContainer', name).inputs['publicAccess'], 'None');
    assert.equal(of('prod').outputs['packageBlobUrl'], 'https://mcpprod.blob.example');
    const blob = of('prod').only('azure-native:storage:Blob');
    assert.equal(blob.retainOnDelete, true);
    const digest = String(of('prod').outputs['packageDigest']);
    assert.equal(blob.name, `package-${digest}`);
    assert.match(String(blob.inputs['blobName']), new RegExp(`^[0-9a-f]{8}/${digest}\\.zip$`));
    // The folder is drawn in each run of the program, and stays as it was at the upload.
    assert.deepEqual(blob.ignoreChanges, ['blobName', 'metadata']);
    const { commit, ...metadata } = blob.inputs['metadata'] as Record<string, string>;
    assert.deepEqual(metadata, { digest });
    assert.match(commit ?? 'without git', /^[0-9a-f]{40}(-dirty)?$|^without git$/);
    assert.notEqual(blob.inputs['blobName'], of('staging').only('azure-native:storage:Blob').inputs['blobName']);
  });

  it('keeps the record where the app can add and nobody can overwrite, and leaves it behind [program.record]', () => {
    const prod = of('prod');
    const account = one(prod, 'azure-native:storage:StorageAccount', 'mcpstateprod');
    assert.deepEqual(pick(account.inputs, ['allowSharedKeyAccess', 'allowBlobPublicAccess', 'enableHttpsTrafficOnly', 'minimumTlsVersion']), { allowSharedKeyAccess: false, allowBlobPublicAccess: false, enableHttpsTrafficOnly: true, minimumTlsVersion: 'TLS1_2' });
    for (const name of ['audit', 'anchors']) {
      const policy = one(prod, 'azure-native:storage:BlobContainerImmutabilityPolicy', `keep-${name}`);
      assert.deepEqual(pick(policy.inputs, ['containerName', 'immutabilityPeriodSinceCreationInDays', 'allowProtectedAppendWrites']), { containerName: name, immutabilityPeriodSinceCreationInDays: 365, allowProtectedAppendWrites: true });
      assert.equal(policy.retainOnDelete, true);
      assert.equal(one(prod, 'azure-native:storage:BlobContainer', `state-${name}`).retainOnDelete, true);
    }
    assert.ok(account.retainOnDelete && one(prod, 'azure-native:resources:ResourceGroup', 'mcp-prod-state-').retainOnDelete);
    const actionsOf = (name: string) => (one(prod, 'azure-native:authorization:RoleDefinition', name).inputs['permissions'] as { actions: string[]; dataActions: string[] }[]).map(({ actions, dataActions }) => [actions, dataActions]);
    assert.deepEqual(actionsOf('append-blobs'), [[[], ['Microsoft.Storage/storageAccounts/blobServices/containers/blobs/add/action']]]);
    assert.deepEqual(actionsOf('sign-with-key'), [[[], ['Microsoft.KeyVault/vaults/keys/read', 'Microsoft.KeyVault/vaults/keys/sign/action']]]);
    for (const name of ['audit-anchor', 'release-lock']) {
      const key = one(prod, 'azure-native:keyvault:Key', name);
      assert.deepEqual([key.inputs['keyName'], key.inputs['properties'], key.retainOnDelete], [name, { kty: 'EC', curveName: 'P-256', keyOps: ['sign', 'verify'] }, true]);
    }
    // The role assignments that there are stand above: none of them is on this key, so that the server cannot sign what it would be held against.
    assert.equal(prod.outputs['releaseSigningKeyUrl'], 'https://vault.example/keys/release-lock');
    const ids = (stack: string) => ['append-blobs', 'sign-with-key'].map((name) => one(of(stack), 'azure-native:authorization:RoleDefinition', name).inputs['roleDefinitionId']);
    assert.equal(new Set([...ids('prod'), ...ids('staging')]).size, 4);
  });

  it('brings back what is deleted by mistake, and keeps record and packages where a zone may fail, the record where a region may [program.soft-delete]', () => {
    const prod = of('prod');
    const days = { enabled: true, days: 30 };
    for (const [name, account] of [['package-blob-service', 'mcpprod'], ['state-blob-service', 'mcpstateprod']] as const) {
      const { inputs, retainOnDelete } = one(prod, 'azure-native:storage:BlobServiceProperties', name);
      assert.deepEqual(pick(inputs, ['blobServicesName', 'deleteRetentionPolicy', 'containerDeleteRetentionPolicy']), { blobServicesName: 'default', deleteRetentionPolicy: days, containerDeleteRetentionPolicy: days }, name);
      assert.match(String(inputs['accountName']), new RegExp(`^${account}[0-9a-f]{8}$`));
      assert.equal(retainOnDelete, name.startsWith('state'), 'what outlives the stack keeps its settings');
    }
    assert.deepEqual(prod.all('azure-native:storage:StorageAccount').map(({ name, inputs }) => [name, inputs['sku']]).sort(), [['mcpprod', { name: 'Standard_ZRS' }], ['mcpstateprod', { name: 'Standard_GZRS' }]]);
  });

  it('holds blobs in its accounts and nothing else, and no package of the app speaks to queues, tables or files [program.storage]', () => {
    const ofStorage = of('configured').resources.filter(({ type }) => type.startsWith('azure-native:storage:')).map(({ type }) => type.slice('azure-native:storage:'.length));
    assert.deepEqual([...new Set(ofStorage)].sort(), ['Blob', 'BlobContainer', 'BlobContainerImmutabilityPolicy', 'BlobServiceProperties', 'StorageAccount']);
    const actions = of('configured').all('azure-native:authorization:RoleDefinition').flatMap(({ inputs }) => (inputs['permissions'] as { dataActions: string[] }[]).flatMap(({ dataActions }) => dataActions));
    assert.deepEqual(actions.filter((action) => /\/(queue|table|file)Services\//i.test(action)), []);
    const { dependencies } = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8')) as { dependencies: Record<string, string> };
    assert.deepEqual(Object.keys(dependencies).filter((name) => /^@azure\/(storage-(queue|file)|data-tables)/.test(name)), []);
  });

  it('takes telemetry from identities only', () => {
    const component = of('prod').only('azure-native:applicationinsights:Component').inputs;
    assert.deepEqual(pick(component, ['disableLocalAuth', 'ingestionMode', 'workspaceResourceId']), {
      disableLocalAuth: true, ingestionMode: 'LogAnalytics', workspaceResourceId: 'azure-native:operationalinsights:Workspace/mcp-prod-/id',
    });
  });

  for (const [slot, type] of [['production', 'azure-native:web:WebAppApplicationSettings'], ['staging', 'azure-native:web:WebAppApplicationSettingsSlot']] as const) {
    it(`gives the ${slot} slot these settings`, () => {
      const settings = of('prod').only(type);
      assert.deepEqual(settings.inputs['properties'], {
        APPLICATIONINSIGHTS_CONNECTION_STRING: 'InstrumentationKey=key',
        AZURE_CLIENT_ID: 'identity-client-id',
        MCP_ALLOWED_HOSTS: 'site.example,site-staging.example',
        MCP_AUDIT_MODE: 'durable',
        MCP_AUDIT_SIGNING_KEY: 'https://vault.example/keys/audit-anchor',
        MCP_AUTHORIZATION_SERVER: 'entra',
        MCP_ENTRA_CLIENT_ID: 'api-client-id',
        MCP_ENTRA_TENANT_ID: TENANT_ID,
        MCP_POLICY_VERSION: '0.3.0',
        MCP_REQUEST_STATE_KEY: '@Microsoft.KeyVault(SecretUri=https://vault.example/secrets/mcp-request-state-key)',
        MCP_SLOT: slot,
        MCP_STATE_BLOB_URL: 'https://mcpstateprod.blob.example',
        MCP_TRACE_SAMPLING_RATIO: '1',
        WEBSITE_RUN_FROM_PACKAGE: `https://${PACKAGE_HOST}/packages/${String(of('prod').only('azure-native:storage:Blob').inputs['blobName'])}`,
        WEBSITE_RUN_FROM_PACKAGE_BLOB_MI_RESOURCE_ID: IDENTITY_ID('prod'),
        WEBSITE_SWAP_WARMUP_PING_PATH: '/health',
        WEBSITE_SWAP_WARMUP_PING_STATUSES: '200',
        WEBSITE_WARMUP_PATH: '/health',
        WEBSITE_WARMUP_STATUSES: '200',
      });
      assert.deepEqual(settings.secretInputs, []);
      assert.equal(settings.inputs['name'], of('prod').outputs['siteName']);
      assert.equal(settings.inputs['slot'], slot === 'staging' ? 'staging' : undefined);
    });

    it(`has all roles in place before the ${slot} slot starts`, () => {
      assert.deepEqual(of('prod').only(type).dependsOn, [
        'azure-native:authorization:RoleAssignment read-access',
        'azure-native:authorization:RoleAssignment read-packages',
        'azure-native:authorization:RoleAssignment read-request-state-key',
        'azure-native:authorization:RoleAssignment send-telemetry',
        'azure-native:authorization:RoleAssignment sign-records',
        'azure-native:authorization:RoleAssignment write-anchors',
        'azure-native:authorization:RoleAssignment write-records',
        'azure-native:web:WebAppSlotConfigurationNames slot-settings',
      ]);
    });
  }

  it('puts both slots into the network, and all of their traffic [network.integrated]', () => {
    for (const type of ['WebApp', 'WebAppSlot']) {
      const { inputs } = of('prod').only(`azure-native:web:${type}`);
      assert.equal(inputs['virtualNetworkSubnetId'], 'azure-native:network:VirtualNetwork/mcp-prod-/id/subnets/integration', type);
      assert.deepEqual(inputs['outboundVnetRouting'], { allTraffic: true }, type);
      assert.equal((inputs['siteConfig'] as Record<string, unknown>)['vnetRouteAllEnabled'], true, type);
      for (const name of ['ipSecurityRestrictions', 'scmIpSecurityRestrictions']) assert.equal((inputs['siteConfig'] as Record<string, unknown>)[name], undefined, `${type} ${name}`);
    }
    const { inputs } = of('prod').only('azure-native:network:VirtualNetwork');
    assert.deepEqual(inputs['addressSpace'], { addressPrefixes: ['10.64.0.0/24'] });
    assert.deepEqual(inputs['subnets'], [
      {
        name: 'integration', addressPrefix: '10.64.0.0/26', delegations: [{ name: 'app-service', serviceName: 'Microsoft.Web/serverFarms' }],
        networkSecurityGroup: { id: 'azure-native:network:NetworkSecurityGroup/mcp-prod-/id' },
      },
      {
        name: 'endpoints', addressPrefix: '10.64.0.64/27', privateEndpointNetworkPolicies: 'NetworkSecurityGroupEnabled',
        networkSecurityGroup: { id: 'azure-native:network:NetworkSecurityGroup/mcp-prod-endpoints-/id' },
      },
    ]);
    assert.deepEqual(of('prod').outputs['egressNotEnforcedByNetwork'], ['learn.microsoft.com', 'modelcontextprotocol.io', 'www.rfc-editor.org']);
  });

  it('with private endpoints, closes vault and record to the public, and leads their names into the network before the app starts [network.private]', () => {
    const { all, only, resources } = of('configured');
    assert.equal((only('azure-native:keyvault:Vault').inputs['properties'] as Record<string, unknown>)['publicNetworkAccess'], 'Disabled');
    assert.deepEqual(all('azure-native:storage:StorageAccount').map(({ name, inputs }) => [name, inputs['publicNetworkAccess']]).sort(), [['mcpconfigured', undefined], ['mcpstateconfigur', 'Disabled']]);
    const nobody = { defaultAction: 'Deny', bypass: 'AzureServices' };
    assert.deepEqual((only('azure-native:keyvault:Vault').inputs['properties'] as Record<string, unknown>)['networkAcls'], nobody);
    assert.deepEqual(one(of('configured'), 'azure-native:storage:StorageAccount', 'mcpstateconfigur').inputs['networkRuleSet'], nobody);
    const zones = { vault: 'privatelink.vaultcore.azure.net', blob: 'privatelink.blob.core.windows.net' };
    const targets = { vault: 'azure-native:keyvault:Vault/mcp-configured-/id', blob: 'azure-native:storage:StorageAccount/mcpstateconfigur/id' };
    for (const groupId of ['vault', 'blob'] as const) {
      const endpoint = one(of('configured'), 'azure-native:network:PrivateEndpoint', `mcp-configured-${groupId}-`);
      assert.deepEqual(pick(endpoint.inputs['subnet'], ['id']), { id: 'azure-native:network:VirtualNetwork/mcp-configured-/id/subnets/endpoints' });
      assert.deepEqual(endpoint.inputs['privateLinkServiceConnections'], [{ name: groupId, privateLinkServiceId: targets[groupId], groupIds: [groupId] }]);
      assert.deepEqual(pick(one(of('configured'), 'azure-native:privatedns:PrivateZone', `zone-${groupId}`).inputs, ['privateZoneName', 'location']), { privateZoneName: zones[groupId], location: 'global' });
      assert.deepEqual(pick(one(of('configured'), 'azure-native:privatedns:VirtualNetworkLink', `link-${groupId}`).inputs, ['privateZoneName', 'location', 'registrationEnabled', 'virtualNetwork']), {
        privateZoneName: zones[groupId], location: 'global', registrationEnabled: false, virtualNetwork: { id: 'azure-native:network:VirtualNetwork/mcp-configured-/id' },
      });
      assert.deepEqual(one(of('configured'), 'azure-native:network:PrivateDnsZoneGroup', `names-${groupId}`).inputs['privateDnsZoneConfigs'], [{ name: groupId, privateDnsZoneId: `azure-native:privatedns:PrivateZone/zone-${groupId}/id` }]);
    }
    for (const type of ['WebAppApplicationSettings', 'WebAppApplicationSettingsSlot']) {
      const { dependsOn } = only(`azure-native:web:${type}`);
      for (const needed of ['azure-native:network:PrivateDnsZoneGroup names-blob', 'azure-native:network:PrivateDnsZoneGroup names-vault', 'azure-native:privatedns:VirtualNetworkLink link-blob', 'azure-native:privatedns:VirtualNetworkLink link-vault']) {
        assert.ok(dependsOn.includes(needed), `${type} waits for ${needed}`);
      }
    }
    assert.ok(!of('prod').resources.some(({ type }) => /Private/.test(type)), 'none without the setting');
    assert.ok(resources.length > of('prod').resources.length);
  });

  it('with a firewall, sends all traffic of the instances to it, and leaves no host to nobody [network.firewall]', () => {
    const { only, outputs } = of('configured');
    assert.deepEqual(only('azure-native:network:RouteTable').inputs['routes'], [{ name: 'all-through-firewall', addressPrefix: '0.0.0.0/0', nextHopType: 'VirtualAppliance', nextHopIpAddress: '10.0.1.4' }]);
    const [integration, endpoints] = only('azure-native:network:VirtualNetwork').inputs['subnets'] as Record<string, unknown>[];
    assert.deepEqual(pick(integration, ['addressPrefix', 'routeTable']), { addressPrefix: '172.20.5.0/26', routeTable: { id: 'azure-native:network:RouteTable/mcp-configured-/id' } });
    assert.deepEqual(pick(endpoints, ['addressPrefix', 'routeTable']), { addressPrefix: '172.20.5.64/27', routeTable: undefined });
    assert.deepEqual(outputs['egressNotEnforcedByNetwork'], []);
    assert.deepEqual(of('prod').all('azure-native:network:RouteTable'), []);
  });

  it('lets in the Front Door and the ranges that the stack names, at both slots, and the ranges alone at SCM [network.inbound]', () => {
    for (const type of ['WebApp', 'WebAppSlot']) {
      const range = { name: 'range-1', action: 'Allow', priority: 101, ipAddress: '203.0.113.0/24' };
      assert.deepEqual(pick(of('configured').only(`azure-native:web:${type}`).inputs['siteConfig'], [
        'ipSecurityRestrictions', 'ipSecurityRestrictionsDefaultAction', 'scmIpSecurityRestrictions', 'scmIpSecurityRestrictionsDefaultAction', 'scmIpSecurityRestrictionsUseMain',
      ]), {
        ipSecurityRestrictions: [{ name: 'front-door', action: 'Allow', priority: 100, tag: 'ServiceTag', ipAddress: 'AzureFrontDoor.Backend', headers: { 'x-azure-fdid': [FRONT_DOOR] } }, range],
        ipSecurityRestrictionsDefaultAction: 'Deny',
        scmIpSecurityRestrictions: [range],
        scmIpSecurityRestrictionsDefaultAction: 'Deny',
        scmIpSecurityRestrictionsUseMain: false,
      });
    }
  });

  it('leaves what production runs to promotions, and deploys the build to the staging slot [program.slots]', () => {
    assert.deepEqual(of('prod').only('azure-native:web:WebAppApplicationSettings').ignoreChanges, ['properties.WEBSITE_RUN_FROM_PACKAGE']);
    assert.deepEqual(of('prod').only('azure-native:web:WebAppApplicationSettingsSlot').ignoreChanges, []);
  });

  it('keeps the name of the slot, and nothing else, with its slot in a swap', () => {
    assert.deepEqual(of('prod').only('azure-native:web:WebAppSlotConfigurationNames').inputs['appSettingNames'], ['MCP_SLOT']);
  });

  it('runs the pinned package in the staging slot, and still uploads the build', () => {
    const { outputs, only } = of('configured');
    const url = (type: string) => (only(type).inputs['properties'] as Record<string, string>)['WEBSITE_RUN_FROM_PACKAGE'];
    assert.equal(url('azure-native:web:WebAppApplicationSettingsSlot'), `https://${PACKAGE_HOST}/packages/5e6f7a8b/${PINNED_DIGEST}.zip`);
    assert.equal(url('azure-native:web:WebAppApplicationSettings'), `https://${PACKAGE_HOST}/packages/${String(only('azure-native:storage:Blob').inputs['blobName'])}`);
    assert.equal(only('azure-native:storage:Blob').name, `package-${String(outputs['packageDigest'])}`);
    assert.equal(outputs['stagingPackageDigest'], PINNED_DIGEST);
    assert.notEqual(outputs['packageDigest'], PINNED_DIGEST);
  });

  it('puts every configured value where it belongs', () => {
    const { only, resources } = of('configured');
    for (const type of ['WebAppApplicationSettings', 'WebAppApplicationSettingsSlot']) {
      const { properties } = only(`azure-native:web:${type}`).inputs as { properties: Record<string, string> };
      assert.equal(properties['MCP_ALLOWED_ORIGINS'], 'https://a.example,https://b.example');
      assert.equal(properties['MCP_AUTHORIZATION_SERVER'], 'facade');
    }
    assert.deepEqual(only('azure-native:web:AppServicePlan').inputs['sku'], { name: 'P1v3', capacity: 7 });
    assert.equal(only('azure-native:operationalinsights:Workspace').inputs['retentionInDays'], 60);
    assert.equal((only('azure-native:keyvault:Vault').inputs['properties'] as Record<string, unknown>)['softDeleteRetentionInDays'], 14);
    assert.deepEqual(resources.find(({ name }) => name === 'mcp-configured-')?.inputs['tags'], { project: PROJECT, stack: 'configured', owner: 'Team MCP', repository: 'example/mcp' });
  });

  it('alerts on every query that can wake somebody, by mail to whom the stack names [program.alerts]', () => {
    const group = of('configured').only('azure-native:monitor:ActionGroup');
    assert.deepEqual(group.inputs['emailReceivers'], [{ name: 'on-call@example.com', emailAddress: 'on-call@example.com', useCommonAlertSchema: true }]);
    assert.deepEqual(of('prod').only('azure-native:monitor:ActionGroup').inputs['emailReceivers'], []);
    const rules = of('prod').all('azure-native:monitor:ScheduledQueryRule').map(({ name, inputs }) => {
      const [condition] = (inputs['criteria'] as { allOf: { query: string; metricMeasureColumn: string; threshold: number; dimensions: { name: string }[] }[] }).allOf;
      assert.ok(condition);
      const { problems, columns } = analyse(condition.query);
      assert.deepEqual(problems, []);
      assert.ok(['long', 'real'].includes(columns[condition.metricMeasureColumn] ?? ''), condition.metricMeasureColumn);
      for (const { name: column } of condition.dimensions) assert.equal(columns[column], 'string');
      assert.deepEqual(inputs['actions'], { actionGroups: ['azure-native:monitor:ActionGroup/mcp-prod-/id'] });
      assert.deepEqual(inputs['scopes'], ['azure-native:applicationinsights:Component/mcp-prod-/id']);
      return [name, condition.metricMeasureColumn, condition.threshold, inputs['severity']];
    });
    assert.deepEqual(rules.sort(), [['audit-failures', 'failures', 0, 1], ['denied-calls', 'denied', 50, 2], ['server-errors', 'errorPercent', 5, 1], ['slow-calls', 'p95Ms', 2_000, 2], ['uneven-spread', 'unevenPercent', 40, 2]]);
    const health = one(of('prod'), 'azure-native:monitor:MetricAlert', 'unhealthy-instances').inputs['criteria'] as { allOf: unknown[] };
    assert.deepEqual(health.allOf.map((criterion) => pick(criterion, ['metricName', 'timeAggregation', 'operator', 'threshold'])), [{ metricName: 'HealthCheckStatus', timeAggregation: 'Average', operator: 'LessThan', threshold: 100 }]);
    const test = of('prod').only('azure-native:applicationinsights:WebTest').inputs;
    assert.equal((test['request'] as Record<string, unknown>)['requestUrl'], 'https://site.example/health');
    assert.equal((one(of('prod'), 'azure-native:monitor:MetricAlert', 'unavailable').inputs['criteria'] as Record<string, unknown>)['failedLocationCount'], 2);
  });

  it('says in docs/operations.md what to do about each alert', () => {
    const text = readFileSync(join(import.meta.dirname, '../../docs/operations.md'), 'utf8');
    for (const { name } of [...of('prod').all('azure-native:monitor:ScheduledQueryRule'), ...of('prod').all('azure-native:monitor:MetricAlert')]) assert.ok(text.includes(`| \`${name}\` |`), name);
  });

  it('sends logs and metrics of each resource to the workspace [program.diagnostics]', () => {
    const sent = Object.fromEntries(of('configured').all('azure-native:monitor:DiagnosticSetting').map(({ name, inputs }) => {
      assert.equal(inputs['workspaceId'], 'azure-native:operationalinsights:Workspace/mcp-configured-/id');
      const names = (entries: unknown) => (entries as { category: string; enabled: boolean }[]).map(({ category, enabled }) => (enabled ? category : 'off'));
      return [name, [inputs['resourceUri'], names(inputs['logs']), names(inputs['metrics'])]];
    }));
    const site = ['AppServiceHTTPLogs', 'AppServiceConsoleLogs', 'AppServiceAppLogs', 'AppServicePlatformLogs', 'AppServiceAuditLogs', 'AppServiceIPSecAuditLogs'];
    assert.deepEqual(sent, {
      'site-logs': ['azure-native:web:WebApp/mcp-configured-/id', site, ['AllMetrics']],
      'staging-logs': ['azure-native:web:WebAppSlot/staging/id', site, ['AllMetrics']],
      'plan-metrics': ['azure-native:web:AppServicePlan/mcp-configured-/id', [], ['AllMetrics']],
      'vault-logs': ['azure-native:keyvault:Vault/mcp-configured-/id', ['AuditEvent'], ['AllMetrics']],
      'package-logs': ['azure-native:storage:StorageAccount/mcpconfigured/id/blobServices/default', ['StorageRead', 'StorageWrite', 'StorageDelete'], ['Transaction']],
      'state-logs': ['azure-native:storage:StorageAccount/mcpstateconfigur/id/blobServices/default', ['StorageRead', 'StorageDelete'], ['Transaction']],
      ...Object.fromEntries([['package', 'mcpconfigured'], ['state', 'mcpstateconfigur']].flatMap(([account, name]) => ['queue', 'table', 'file'].map((service) =>
        [`${account}-${service}-logs`, [`azure-native:storage:StorageAccount/${name}/id/${service}Services/default`, ['StorageRead', 'StorageWrite', 'StorageDelete'], []]]))),
      'network-logs': ['azure-native:network:VirtualNetwork/mcp-configured-/id', ['VMProtectionAlerts'], ['AllMetrics']],
      'integration-group-logs': ['azure-native:network:NetworkSecurityGroup/mcp-configured-/id', ['NetworkSecurityGroupEvent', 'NetworkSecurityGroupRuleCounter'], []],
      'endpoints-group-logs': ['azure-native:network:NetworkSecurityGroup/mcp-configured-endpoints-/id', ['NetworkSecurityGroupEvent', 'NetworkSecurityGroupRuleCounter'], []],
      'workspace-logs': ['azure-native:operationalinsights:Workspace/mcp-configured-/id', ['Audit'], []],
      'autoscale-logs': ['azure-native:monitor:AutoscaleSetting/mcp-configured-/id', ['AutoscaleScaleActions'], []],
    });
  });

  it('shows the queries in one workbook: each of them parses, each panel has a title [program.workbook]', () => {
    const { inputs } = of('prod').only('azure-native:applicationinsights:Workbook');
    // A literal: links to the workbook name it.
    assert.equal(inputs['resourceName'], 'fbc3d03e-1830-523a-abc5-32a32d56a7fd');
    assert.notEqual(inputs['resourceName'], of('staging').only('azure-native:applicationinsights:Workbook').inputs['resourceName']);
    const { version, items } = JSON.parse(String(inputs['serializedData'])) as { version: string; items: { type: number; name: string; content: Record<string, unknown> }[] };
    assert.equal(version, 'Notebook/1.0');
    const panels = items.filter(({ type }) => type === 3);
    assert.deepEqual(panels.map(({ name }) => name).sort(), [...QUERIES]);
    for (const { name, content } of panels) {
      assert.match(String(content['title']), /^[A-Z].{3,}$/, name);
      assert.deepEqual(analyse(String(content['query'])).problems, [], name);
      const isOfWorkspace = /^AzureMetrics$/m.test(String(content['query']));
      assert.deepEqual([content['resourceType'], content['crossComponentResources']], isOfWorkspace
        ? ['microsoft.operationalinsights/workspaces', ['azure-native:operationalinsights:Workspace/mcp-prod-/id']]
        : ['microsoft.insights/components', ['azure-native:applicationinsights:Component/mcp-prod-/id']], name);
    }
    assert.equal(inputs['sourceId'], 'azure-native:applicationinsights:component/mcp-prod-/id');
  });

  it('scales between the bounds of the stack, and then leaves the number of instances alone [program.scaling]', () => {
    const { only, all } = of('configured');
    const [profile] = only('azure-native:monitor:AutoscaleSetting').inputs['profiles'] as { capacity: unknown; rules: { metricTrigger: Record<string, unknown>; scaleAction: Record<string, unknown> }[] }[];
    assert.deepEqual(profile?.capacity, { minimum: '7', default: '7', maximum: '12' });
    assert.deepEqual(profile.rules.map(({ metricTrigger, scaleAction }) => [metricTrigger['metricName'], metricTrigger['operator'], metricTrigger['threshold'], scaleAction['direction'], scaleAction['cooldown']]), [
      ['CpuPercentage', 'GreaterThan', 65, 'Increase', 'PT5M'], ['HttpQueueLength', 'GreaterThan', 50, 'Increase', 'PT5M'],
      ['CpuPercentage', 'LessThan', 30, 'Decrease', 'PT15M'], ['HttpQueueLength', 'LessThan', 5, 'Decrease', 'PT15M'],
    ]);
    assert.equal(only('azure-native:monitor:AutoscaleSetting').inputs['enabled'], true);
    assert.deepEqual(only('azure-native:web:AppServicePlan').ignoreChanges, ['sku.capacity']);
    assert.equal(only('azure-native:web:AppServicePlan').inputs['zoneRedundant'], true);
    assert.equal(all('azure-native:authorization:ManagementLockByScope').length, 0);
    assert.deepEqual(of('prod').only('azure-native:web:AppServicePlan').ignoreChanges, []);
    assert.deepEqual(of('prod').all('azure-native:monitor:AutoscaleSetting'), []);
  });

  it('locks vault, state and logs of prod against deletion, never a group, and takes the locks off first [program.locks]', () => {
    const locks = of('prod').all('azure-native:authorization:ManagementLockByScope');
    assert.deepEqual(locks.map(({ inputs }) => [inputs['scope'], inputs['level']]).sort(), [
      ['azure-native:keyvault:Vault/mcp-prod-/id', 'CanNotDelete'], ['azure-native:operationalinsights:Workspace/mcp-prod-/id', 'CanNotDelete'], ['azure-native:storage:StorageAccount/mcpstateprod/id', 'CanNotDelete'],
    ]);
    const below = of('prod').resources.filter(({ type }) => /:(RoleAssignment|DiagnosticSetting)$/.test(type)).map(({ type, name }) => `${type} ${name}`).sort();
    for (const { dependsOn, name } of locks) assert.deepEqual(dependsOn, below, name);
  });

  it('registers the server in Entra: v2 tokens, one tenant, a role and a scope a tool [program.entra]', () => {
    const { inputs, ignoreChanges } = of('prod').only('azuread:index/application:Application');
    assert.equal(inputs['signInAudience'], 'AzureADMyOrg');
    const api = inputs['api'] as { requestedAccessTokenVersion: number; oauth2PermissionScopes: { id: string; value: string; enabled: boolean; type: string }[] };
    const roles = inputs['appRoles'] as { id: string; value: string; allowedMemberTypes: string[]; enabled: boolean }[];
    assert.equal(api.requestedAccessTokenVersion, 2);
    assert.deepEqual(roles.map(({ value }) => value).sort(), ['Mcp.CallAllTools', ...tools.map(({ access }) => access.role)].sort());
    assert.deepEqual(api.oauth2PermissionScopes.map(({ value }) => value).sort(), ['mcp.access', ...tools.map(({ access }) => access.scope)].sort());
    assert.deepEqual(inputs['optionalClaims'], { accessTokens: [{ name: 'idtyp', additionalProperties: ['include_user_token'] }] });
    assert.equal(of('prod').only('azuread:index/servicePrincipal:ServicePrincipal').inputs['appRoleAssignmentRequired'], true);
    for (const role of roles) assert.deepEqual([role.enabled, role.allowedMemberTypes], [true, ['User', 'Application']]);
    for (const scope of api.oauth2PermissionScopes) assert.deepEqual([scope.enabled, scope.type], [true, 'User']);
    assert.deepEqual(ignoreChanges, ['identifierUris']);
  });

  it('hands the catalogue to the policies, as values that a preview knows', () => {
    const { inputs = {} } = of('prod').components.find(({ type }) => type === 'mcp:infra:ToolApi') ?? {};
    assert.deepEqual(Object.keys(inputs), ['tools']);
    const catalogue = inputs['tools'] as Record<string, unknown>[];
    assert.deepEqual(catalogue.map(({ name }) => name), tools.map(({ name }) => name));
    assert.deepEqual(catalogue.find(({ name }) => name === 'compute_primes'), {
      name: 'compute_primes', owner: 'platform team', stage: 'stable', reviewer: 'platform team', reviewedOn: '2026-11-25', reviewDueOn: '2027-11-25', role: 'Tools.compute_primes', scope: 'compute_primes',
      limits: { timeoutMs: 30_000, concurrentCalls: 20, callsPerMinute: 600, concurrentCallsPerPrincipal: 8, argumentsBytes: 262_144, resultBytes: 1_048_576 }, egress: [], rules: ['large-limits'],
    });
    assert.deepEqual(catalogue.find(({ name }) => name === 'check_fact_source')?.['egress'], ['learn.microsoft.com', 'modelcontextprotocol.io', 'www.rfc-editor.org'].map((host) => ({ host, port: 443, addresses: 'public', maxResponseBytes: 1_048_576, traceContext: false })));
    const findingsOn = (day: string): number | undefined => {
      const verdict = toolReviewed(day).judge({ type: 'mcp:infra:ToolApi', name: 'tool-api', urn: 'urn:pulumi:staging::mcp-app-service::mcp:infra:ToolApi::tool-api', props: inputs }, {});
      return verdict.concerns ? verdict.findings.length : undefined;
    };
    assert.deepEqual(['2026-11-25', '2027-11-25', '2027-11-26'].map(findingsOn), [0, 0, tools.length]);
  });

  it('gives each role and scope an id that is its own and never changes', () => {
    const idsOf = (stack: string) => {
      const { inputs } = of(stack).only('azuread:index/application:Application');
      const api = inputs['api'] as { oauth2PermissionScopes: { id: string; value: string }[] };
      return Object.fromEntries([...(inputs['appRoles'] as { id: string; value: string }[]), ...api.oauth2PermissionScopes].map(({ id, value }) => [value, id]));
    };
    // Literals: assignments and consents name these ids, and would be lost with them.
    const pinned = {
      'Tools.check_fact_source': 'bca25bdd-54d3-5d68-bd79-0d0ad8d02736',
      check_fact_source: '793eb823-c451-512c-b13e-29d9de0ef7af',
      'Tools.compute_primes': 'b072f309-ab8f-5a40-aab9-d02c6cd98b5b',
      compute_primes: '80a65579-97f8-59b2-bfcf-a6eea146195b',
      'Tools.lookup_fact': '6080244b-0fb0-5863-905d-8eee69493605',
      lookup_fact: '5d6f96c0-f8eb-554f-99af-0620248bf96c',
      'Tools.whoami': '174a1ae2-b490-5e28-8bfc-3a60f87bbdab',
      whoami: '3d95588b-f227-54df-9b1f-cf056a6de094',
    };
    const ids = idsOf('prod');
    assert.deepEqual(pick(ids, Object.keys(pinned)), pinned);
    assert.deepEqual(ids, idsOf('staging'));
    assert.equal(new Set(Object.values(ids)).size, 2 * tools.length + 2);
  });

  it('preauthorizes the clients and assigns the roles that the stack names, and no others [program.access]', () => {
    const preauthorized = of('prod').only('azuread:index/applicationPreAuthorized:ApplicationPreAuthorized').inputs;
    assert.equal(preauthorized['authorizedClientId'], 'aebc6443-996d-45c2-90f0-388ff96faa56');
    assert.equal((preauthorized['permissionIds'] as string[]).length, tools.length + 1);
    assert.deepEqual(of('prod').all('azuread:index/appRoleAssignment:AppRoleAssignment'), []);
    const roles = of('configured').only('azuread:index/application:Application').inputs['appRoles'] as { id: string; value: string }[];
    const assigned = of('configured').all('azuread:index/appRoleAssignment:AppRoleAssignment').map(({ inputs }) => [roles.find(({ id }) => id === inputs['appRoleId'])?.value, inputs['principalObjectId'], inputs['resourceObjectId']]);
    assert.deepEqual(assigned.sort(), [['Mcp.CallAllTools', OPERATOR, 'api-principal-id'], ['Tools.whoami', OPERATOR, 'api-principal-id'], ['Tools.whoami', CALLER, 'api-principal-id']]);
  });

  it('refuses a role assignment for a tool that there is not, with the tools that there are', async () => {
    await assert.rejects(recordProgram('staging', { ...LOCATION, [`${PROJECT}:roleAssignments`]: JSON.stringify({ no_such_tool: [CALLER] }) }), /INFRA_UNKNOWN_TOOL: roleAssignments names the tool "no_such_tool"; allowed: check_fact_source, compute_primes, /);
  });

  it('names both servers in Entra by their exact URL, one after the other', () => {
    const [first, second] = ['server-url', 'server-url-staging'].map((name) => of('prod').resources.find((resource) => resource.name === name));
    assert.ok(first && second);
    assert.deepEqual(first.inputs, { applicationId: 'azuread:index/application:Application/tool-api/id', identifierUri: 'https://site.example/mcp' });
    assert.deepEqual(second.inputs, { applicationId: 'azuread:index/application:Application/tool-api/id', identifierUri: 'https://site-staging.example/mcp' });
    assert.deepEqual(second.dependsOn, ['azuread:index/applicationIdentifierUri:ApplicationIdentifierUri server-url']);
  });

  it('tags everything that takes tags, with values that change with no commit', () => {
    const tagged = of('prod').resources.filter(({ inputs }) => inputs['tags'] !== undefined);
    assert.equal(tagged.length, 27);
    const hiddenLink = { 'hidden-link:azure-native:applicationinsights:Component/mcp-prod-/id': 'Resource' };
    for (const { type, inputs } of tagged) assert.deepEqual(inputs['tags'], { project: PROJECT, stack: 'prod', owner: 'unassigned', repository: PROJECT, ...(type.endsWith(':WebTest') ? hiddenLink : {}) }, type);
    // What takes none: roles, containers, settings, locks, and what the directory holds.
    const without = /:(RoleAssignment|RoleDefinition|ManagementLockByScope|DiagnosticSetting|Blob|BlobContainer|BlobContainerImmutabilityPolicy|BlobServiceProperties|WebAppApplicationSettings(Slot)?|WebAppFtpAllowed(Slot)?|WebAppScmAllowed(Slot)?|WebAppSlotConfigurationNames)$|^azuread:/;
    assert.deepEqual(of('prod').resources.filter(({ type, inputs }) => inputs['tags'] === undefined && !without.test(type)).map(({ type }) => type), []);
  });

  it('refuses bad configuration before it registers anything, without a stack trace', async () => {
    await assert.rejects(recordProgram('prod', { ...LOCATION, [`${PROJECT}:instances`]: '2' }), (error: unknown) => {
      assert.ok(error instanceof Refusal && error.hidesStack, String(error));
      assert.match(error.message, /^INFRA_CONFIG_INVALID: 1 setting of stack "prod"/);
      return true;
    });
  });
});

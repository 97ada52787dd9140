import type { Mutation } from './mutation.ts';

const APPS = ['web:WebApp', 'web:WebAppSlot'];
const SETTINGS = ['web:WebAppApplicationSettings', 'web:WebAppApplicationSettingsSlot'];
const PLAN = ['web:AppServicePlan'];
const FOREIGN_IDENTITY = '/subscriptions/other/resourceGroups/other/providers/Microsoft.ManagedIdentity/userAssignedIdentities/other';

/** Site and slot alike: what is weaker on the slot is in production after the next swap, and reachable before it. */
const OF_APPS: readonly Mutation[] = [
  { id: 'affinity-on', means: 'A cookie ties each client to one instance: load spreads unevenly, and state kept by mistake goes unnoticed.', rule: 'affinity-off', change: { kind: 'to', on: APPS, path: 'clientAffinityEnabled', to: true } },
  { id: 'affinity-proxy-on', means: 'The same, by a cookie that a proxy in front passes on.', rule: 'affinity-off', change: { kind: 'to', on: APPS, path: 'clientAffinityProxyEnabled', to: true } },
  { id: 'affinity-partitioned', means: 'The same, by a partitioned cookie, for pages of other sites.', rule: 'affinity-off', change: { kind: 'to', on: APPS, path: 'clientAffinityPartitioningEnabled', to: true } },
  { id: 'affinity-omitted', means: 'The service switches affinity on by itself.', rule: 'affinity-off', change: { kind: 'omitted', on: APPS, path: 'clientAffinityEnabled' } },
  { id: 'plain-http', means: 'Access tokens can be read on the way.', rule: 'https-only', change: { kind: 'to', on: APPS, path: 'httpsOnly', to: false } },
  { id: 'old-tls', means: 'TLS that can be broken.', rule: 'minimum-tls', change: { kind: 'to', on: APPS, path: 'siteConfig.minTlsVersion', to: '1.0' } },
  { id: 'old-tls-scm', means: 'The same, for the deployment site.', rule: 'minimum-tls', change: { kind: 'to', on: APPS, path: 'siteConfig.scmMinTlsVersion', to: '1.1' } },
  { id: 'http1-only', means: 'Each client needs several connections: the connections of an instance run out sooner.', rule: 'http2', change: { kind: 'to', on: APPS, path: 'siteConfig.http20Enabled', to: false } },
  { id: 'ftp-open', means: 'Whoever has the publishing password writes into the file system.', rule: 'ftps-disabled', change: { kind: 'to', on: APPS, path: 'siteConfig.ftpsState', to: 'AllAllowed' } },
  { id: 'debugger', means: 'A debugger reads tokens and keys in memory.', rule: 'remote-debugging-off', change: { kind: 'to', on: APPS, path: 'siteConfig.remoteDebuggingEnabled', to: true } },
  { id: 'inspector', means: 'The inspector of Node runs code of whoever reaches its port.', rule: 'remote-debugging-off', change: { kind: 'to', on: APPS, path: 'siteConfig.appCommandLine', to: 'node --inspect=0.0.0.0:8080 server.mjs' } },
  { id: 'old-runtime', means: 'Holes of a runtime that is out of support stay open.', rule: 'runtime-supported', change: { kind: 'to', on: APPS, path: 'siteConfig.linuxFxVersion', to: 'NODE|18-lts' } },
  { id: 'unloaded', means: 'An idle instance is unloaded: the next call waits for a start.', rule: 'always-on', change: { kind: 'to', on: APPS, path: 'siteConfig.alwaysOn', to: false } },
  { id: 'health-elsewhere', means: 'Instances that hang stay in the rotation.', rule: 'health-check', change: { kind: 'to', on: APPS, path: 'siteConfig.healthCheckPath', to: '/' } },
  { id: 'no-identity', means: 'The app needs a password for all that it asks for.', rule: 'managed-identity', change: { kind: 'to', on: APPS, path: 'identity.type', to: 'None' } },
  { id: 'other-identity', means: 'The app runs with the rights of an identity that somebody else has filled.', rule: 'within-stack', change: { kind: 'foreign', on: APPS, path: 'identity.userAssignedIdentities[]', to: FOREIGN_IDENTITY } },
  { id: 'other-vault-identity', means: 'Secrets are read as somebody else.', rule: 'within-stack', change: { kind: 'foreign', on: APPS, path: 'keyVaultReferenceIdentity', to: FOREIGN_IDENTITY } },
  { id: 'other-plan', means: 'The app runs beside apps of others, on instances that nobody here counts.', rule: 'within-stack', change: { kind: 'foreign', on: APPS, path: 'serverFarmId', to: '/subscriptions/other/resourceGroups/other/providers/Microsoft.Web/serverfarms/other' } },
  { id: 'no-network', means: 'What the app sends passes no network that could stop or show it.', rule: 'vnet-routing', change: { kind: 'omitted', on: APPS, path: 'virtualNetworkSubnetId' } },
  { id: 'other-network', means: 'The app stands in a network whose rules are somebody else\'s.', rule: 'within-stack', change: { kind: 'foreign', on: APPS, path: 'virtualNetworkSubnetId', to: '/subscriptions/other/resourceGroups/other/providers/Microsoft.Network/virtualNetworks/other/subnets/other' } },
  { id: 'not-all-routed', means: 'Requests to the internet go past the network.', rule: 'vnet-routing', change: { kind: 'to', on: APPS, path: 'outboundVnetRouting.allTraffic', to: false } },
  { id: 'references-not-routed', means: 'Key Vault references are resolved past the network, where the vault refuses them.', rule: 'vnet-routing', change: { kind: 'to', on: APPS, path: 'siteConfig.vnetRouteAllEnabled', to: false } },
  { id: 'open-to-all', means: 'Requests past the Front Door, and so past its firewall.', rule: 'inbound-restricted', change: { kind: 'to', on: APPS, path: 'siteConfig.ipSecurityRestrictionsDefaultAction', to: 'Allow' } },
  { id: 'open-to-all-scm', means: 'The deployment site answers everybody.', rule: 'inbound-restricted', change: { kind: 'to', on: APPS, path: 'siteConfig.scmIpSecurityRestrictionsDefaultAction', to: 'Allow' } },
  { id: 'scm-as-main', means: 'Whoever may call the server may call the deployment site.', rule: 'inbound-restricted', change: { kind: 'to', on: APPS, path: 'siteConfig.scmIpSecurityRestrictionsUseMain', to: true } },
  { id: 'any-front-door', means: 'Every tenant\'s Front Door comes in: their addresses are the same.', rule: 'inbound-restricted', change: { kind: 'to', on: APPS, path: 'siteConfig.ipSecurityRestrictions[].headers.x-azure-fdid[]', to: '' } },
  { id: 'range-of-all', means: 'A range that holds every address.', rule: 'inbound-restricted', change: { kind: 'to', on: APPS, path: 'siteConfig.ipSecurityRestrictions[].ipAddress', where: ({ beside }) => beside['tag'] === undefined, to: '0.0.0.0/0' } },
  { id: 'tag-of-all', means: 'A service tag that stands for more than Front Door.', rule: 'inbound-restricted', change: { kind: 'to', on: APPS, path: 'siteConfig.ipSecurityRestrictions[].ipAddress', where: ({ beside }) => beside['tag'] !== undefined, to: 'AzureCloud' } },
  { id: 'range-of-all-scm', means: 'The same, for the deployment site.', rule: 'inbound-restricted', change: { kind: 'to', on: APPS, path: 'siteConfig.scmIpSecurityRestrictions[].ipAddress', to: '0.0.0.0/0' } },
  { id: 'cors-of-all', means: 'Any page that a user opens calls the tools with the user\'s token.', rule: 'cors-without-wildcard', change: { kind: 'added', on: APPS, path: 'siteConfig.cors.allowedOrigins', value: ['*'] } },
  { id: 'certificates-optional', means: 'A second factor that is none.', rule: 'client-certificates', change: { kind: 'added', on: APPS, path: 'clientCertEnabled', value: true } },
  { id: 'mounted-share', means: 'Instances begin to share state, and whoever writes the share writes the app\'s files.', rule: 'no-local-state', change: { kind: 'added', on: APPS, path: 'siteConfig.azureStorageAccounts', value: { share: { type: 'AzureFiles', accountName: 'other', shareName: 's', mountPath: '/mnt' } } } },
  { id: 'secret-in-site', means: 'Whoever may read the site\'s configuration reads the password.', rule: 'secrets-by-reference', change: { kind: 'added', on: APPS, path: 'siteConfig.appSettings', value: [{ name: 'DB_PASSWORD', value: 'correct-horse-7' }] } },
  { id: 'affinity-by-hand', means: 'Switched on in the portal, under an input that the program ignores changes of.', rule: 'no-drift', drift: true, change: { kind: 'to', on: APPS, path: 'clientAffinityEnabled', to: true } },
  { id: 'plain-http-by-hand', means: 'The same, for HTTP.', rule: 'no-drift', drift: true, change: { kind: 'to', on: APPS, path: 'httpsOnly', to: false } },
  { id: 'ftp-by-hand', means: 'The same, for FTP.', rule: 'no-drift', drift: true, change: { kind: 'to', on: APPS, path: 'siteConfig.ftpsState', to: 'AllAllowed' } },
  { id: 'old-tls-by-hand', means: 'The same, for TLS.', rule: 'no-drift', drift: true, change: { kind: 'to', on: APPS, path: 'siteConfig.minTlsVersion', to: '1.0' } },
  { id: 'debugger-by-hand', means: 'The same, for the debugger.', rule: 'no-drift', drift: true, change: { kind: 'to', on: APPS, path: 'siteConfig.remoteDebuggingEnabled', to: true } },
  { id: 'no-slot', means: 'A new version takes over untried: each deployment is an outage.', rule: 'staging-slot', about: 'web:WebApp', change: { kind: 'deleted', on: ['web:WebAppSlot'] } },
  { id: 'slot-of-another', means: 'The slot belongs to a site of somebody else.', rule: 'within-stack', change: { kind: 'foreign', on: ['web:WebAppSlot'], path: 'name', to: 'other-site' } },
];

const OF_PASSWORDS: readonly Mutation[] = [
  { id: 'ftp-passwords', means: 'A password that never expires writes files.', rule: 'ftp-basic-auth-off', change: { kind: 'to', on: ['web:WebAppFtpAllowed', 'web:WebAppFtpAllowedSlot'], path: 'allow', to: true } },
  { id: 'scm-passwords', means: 'A password that never expires deploys code and opens a shell.', rule: 'scm-basic-auth-off', change: { kind: 'to', on: ['web:WebAppScmAllowed', 'web:WebAppScmAllowedSlot'], path: 'allow', to: true } },
  { id: 'no-switch', means: 'The service takes passwords unless it is told otherwise.', rule: 'basic-auth-covered', about: 'web:WebApp', change: { kind: 'deleted', on: ['web:WebAppFtpAllowed', 'web:WebAppScmAllowed'] } },
  { id: 'no-switch-of-slot', means: 'The same, on the slot, which is easily forgotten.', rule: 'basic-auth-covered', about: 'web:WebAppSlot', change: { kind: 'deleted', on: ['web:WebAppFtpAllowedSlot', 'web:WebAppScmAllowedSlot'] } },
  { id: 'switch-of-another', means: 'The password of another site is switched off.', rule: 'within-stack', change: { kind: 'foreign', on: ['web:WebAppFtpAllowed', 'web:WebAppScmAllowed', 'web:WebAppFtpAllowedSlot', 'web:WebAppScmAllowedSlot', 'web:WebAppSlotConfigurationNames'], path: 'name', to: 'other-site' } },
];

const OF_PLANS: readonly Mutation[] = [
  { id: 'one-zone', means: 'The failure of one zone takes all instances.', rule: 'zone-redundancy', change: { kind: 'to', on: PLAN, path: 'zoneRedundant', to: false } },
  { id: 'per-site-scaling', means: 'Each app runs on one instance of the plan.', rule: 'instances', change: { kind: 'to', on: PLAN, path: 'perSiteScaling', to: true } },
  { id: 'two-instances', means: 'With one instance in an update, one is left to fail.', rule: 'instances', stack: 'fixed', change: { kind: 'to', on: PLAN, path: 'sku.capacity', to: 2 } },
];

const setting = (name: string): string => `properties.${name}`;
const OF_SETTINGS: readonly Mutation[] = [
  { id: 'telemetry-off', means: 'Nobody sees what the app does.', rule: 'telemetry-connected', change: { kind: 'omitted', on: SETTINGS, path: setting('APPLICATIONINSIGHTS_CONNECTION_STRING') } },
  { id: 'telemetry-elsewhere', means: 'Who calls what is told to somebody else.', rule: 'within-stack', change: { kind: 'foreign', on: SETTINGS, path: setting('APPLICATIONINSIGHTS_CONNECTION_STRING'), to: 'InstrumentationKey=33333333-2222-3333-4444-555555555555' } },
  { id: 'other-tenant', means: 'Tokens of a tenant of the attacker open every tool.', rule: 'trusted-names', change: { kind: 'to', on: SETTINGS, path: setting('MCP_ENTRA_TENANT_ID'), to: '99999999-2222-3333-4444-555555555555' } },
  { id: 'other-audience', means: 'Tokens that were given to another server are taken here.', rule: 'within-stack', change: { kind: 'foreign', on: SETTINGS, path: setting('MCP_ENTRA_CLIENT_ID'), to: '99999999-2222-3333-4444-555555555555' } },
  { id: 'other-host', means: 'A page reaches the server under its own name, by DNS that it changed meanwhile.', rule: 'trusted-names', change: { kind: 'to', on: SETTINGS, path: setting('MCP_ALLOWED_HOSTS'), to: (value) => `${String(value)},attacker.example` } },
  { id: 'any-origin', means: 'Any page that a user opens calls the tools with the user\'s token.', rule: 'cors-without-wildcard', change: { kind: 'to', on: SETTINGS, path: setting('MCP_ALLOWED_ORIGINS'), to: '*' } },
  { id: 'secret-in-clear', means: 'Whoever may read the settings forges the state of requests.', rule: 'secrets-by-reference', change: { kind: 'to', on: SETTINGS, path: setting('MCP_REQUEST_STATE_KEY'), to: 'q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA' } },
  { id: 'other-secret', means: 'The key of the request state is one that somebody else knows.', rule: 'within-stack', change: { kind: 'foreign', on: SETTINGS, path: setting('MCP_REQUEST_STATE_KEY'), to: '@Microsoft.KeyVault(SecretUri=https://other.vault.azure.net/secrets/key)' } },
  { id: 'record-elsewhere', means: 'The record of calls lies where it can be read and deleted.', rule: 'within-stack', change: { kind: 'foreign', on: SETTINGS, path: setting('MCP_STATE_BLOB_URL'), to: 'https://other.blob.core.windows.net' } },
  { id: 'signed-elsewhere', means: 'The record is signed with a key that somebody else holds.', rule: 'within-stack', change: { kind: 'foreign', on: SETTINGS, path: setting('MCP_AUDIT_SIGNING_KEY'), to: 'https://other.vault.azure.net/keys/key' } },
  { id: 'other-package', means: 'The app runs code of somebody else.', rule: 'within-stack', change: { kind: 'foreign', on: SETTINGS, path: setting('WEBSITE_RUN_FROM_PACKAGE'), to: 'https://other.blob.core.windows.net/p/a.zip' } },
  { id: 'no-package', means: 'The app runs from a file system that it can change.', rule: 'run-from-package', change: { kind: 'omitted', on: SETTINGS, path: setting('WEBSITE_RUN_FROM_PACKAGE') } },
  { id: 'package-for-all', means: 'Only a package that everybody may read can be mounted.', rule: 'run-from-package', change: { kind: 'omitted', on: SETTINGS, path: setting('WEBSITE_RUN_FROM_PACKAGE_BLOB_MI_RESOURCE_ID') } },
  { id: 'swap-root', means: 'A swap waits for an answer that says nothing.', rule: 'health-check', change: { kind: 'to', on: SETTINGS, path: setting('WEBSITE_SWAP_WARMUP_PING_PATH'), to: '/' } },
  { id: 'swap-errors', means: 'A swap takes a build into production that answers 500.', rule: 'health-check', change: { kind: 'to', on: SETTINGS, path: setting('WEBSITE_SWAP_WARMUP_PING_STATUSES'), to: '200,500' } },
  { id: 'start-root', means: 'A new instance gets calls before it can serve.', rule: 'health-check', change: { kind: 'to', on: SETTINGS, path: setting('WEBSITE_WARMUP_PATH'), to: '/' } },
  { id: 'start-errors', means: 'A new instance gets calls although it answers 500.', rule: 'health-check', change: { kind: 'omitted', on: SETTINGS, path: setting('WEBSITE_WARMUP_STATUSES') } },
  { id: 'settings-of-another', means: 'Another site gets the settings.', rule: 'within-stack', change: { kind: 'foreign', on: SETTINGS, path: 'name', to: 'other-site' } },
  { id: 'shared-disk', means: 'Instances begin to share state on disk.', rule: 'no-local-state', change: { kind: 'added', on: SETTINGS, path: setting('WEBSITES_ENABLE_APP_SERVICE_STORAGE'), value: 'true' } },
  { id: 'connection-string', means: 'An account key stands in clear in the settings.', rule: 'secrets-by-reference', change: { kind: 'added', on: SETTINGS, path: setting('STORE'), value: 'DefaultEndpointsProtocol=https;AccountName=a;AccountKey=Zm9vYmFyYmF6cXV4Zm9v' } },
  { id: 'mounted-storage', means: 'Storage of somebody else is part of the file system.', rule: 'no-local-state', change: { kind: 'made', type: 'azure-native:web:WebAppAzureStorageAccounts', name: 'mount', inputs: { properties: { share: { type: 'AzureFiles', accountName: 'other' } } } } },
];

export const APP_MUTATIONS: readonly Mutation[] = [...OF_APPS, ...OF_PASSWORDS, ...OF_PLANS, ...OF_SETTINGS];

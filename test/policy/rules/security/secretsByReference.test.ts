import { secretsByReference } from '../../../../policy/rules/security/secretsByReference.ts';
import { UNKNOWN_STRING } from '../../resources.ts';
import { testResourceRule } from '../../ruleTable.ts';

testResourceRule(secretsByReference, {
  types: ['azure-native:web:WebAppApplicationSettings', 'azure-native:web:WebAppApplicationSettingsSlot'],
  others: ['azure-native:web:AppServicePlan'],
  passes: {
    nothing: {},
    'a reference': { properties: { MCP_REQUEST_STATE_KEY: '@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/s)' } },
    'an address of a key': { properties: { MCP_AUDIT_SIGNING_KEY: 'https://v.vault.azure.net/keys/audit-anchor' } },
    'what telemetry is sent to': { properties: { APPLICATIONINSIGHTS_CONNECTION_STRING: 'InstrumentationKey=00000000-0000-4000-8000-000000000000;IngestionEndpoint=https://westeurope-1.in.applicationinsights.azure.com/' } },
    'ids, hosts, paths': { properties: { AZURE_CLIENT_ID: '3f2504e0-4f89-41d3-9a0c-0305e82c3301', MCP_ALLOWED_HOSTS: 'a.azurewebsites.net,b.azurewebsites.net', WEBSITE_WARMUP_PATH: '/health', IDENTITY: '/subscriptions/3f2504e0/resourceGroups/g/providers/p', MCP_AUDIT_MODE: 'durable', WEBSITE_RUN_FROM_PACKAGE: `https://s.blob.core.windows.net/packages/5e6f7a8b/${'c0ffee12'.repeat(8)}.zip` } },
  },
  fails: {
    'by name': [{ properties: { DB_PASSWORD: 'hunter2' } }, /^The setting DB_PASSWORD looks like a secret in clear\. Allowed for a secret: a Key Vault reference/],
    'a token by name': [{ properties: { GITHUB_TOKEN: 'x' } }, /GITHUB_TOKEN/],
    'by entropy': [{ properties: { PLAIN: 'q7Zx3LwT9vBn2KpR8sYd5mHc' } }, /^The setting PLAIN looks like a secret/],
    'an account key in a connection string': [{ properties: { STORE: 'DefaultEndpointsProtocol=https;AccountName=a;AccountKey=abc==' } }, /^The setting STORE looks/],
    'a signature in a URL': [{ properties: { WEBSITE_RUN_FROM_PACKAGE: 'https://s.blob.core.windows.net/p/a.zip?sv=2022&sig=abc' } }, /^The setting WEBSITE_RUN_FROM_PACKAGE/],
    'a password in a URL': [{ properties: { REDIS: 'redis://user:pass@host:6379' } }, /^The setting REDIS/],
  },
  unknown: { value: [{ properties: { MCP_HOSTS: UNKNOWN_STRING } }, /^The setting MCP_HOSTS was not judged/], all: [{ properties: UNKNOWN_STRING }, /^The app settings was not judged/] },
});

testResourceRule(secretsByReference, {
  types: ['azure-native:web:WebApp', 'azure-native:web:WebAppSlot'],
  passes: { none: {}, plain: { siteConfig: { appSettings: [{ name: 'MODE', value: 'durable' }] } } },
  fails: {
    setting: [{ siteConfig: { appSettings: [{ name: 'API_KEY', value: 'x' }] } }, /^The setting API_KEY/],
    'connection string': [{ siteConfig: { connectionStrings: [{ name: 'db', connectionString: 'Server=s;Password=p' }] } }, /^The setting db looks/],
  },
  unknown: { value: [{ siteConfig: { appSettings: [{ name: 'A', value: UNKNOWN_STRING }] } }, /^The setting A was not judged/], entry: [{ siteConfig: { appSettings: [UNKNOWN_STRING] } }, /^A setting was not judged/], list: [{ siteConfig: { appSettings: UNKNOWN_STRING } }, /^The app settings/] },
});

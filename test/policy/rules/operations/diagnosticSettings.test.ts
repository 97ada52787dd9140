import { diagnosticSettings } from '../../../../policy/rules/operations/diagnosticSettings.ts';
import { UNKNOWN_BOOLEAN, UNKNOWN_STRING, part } from '../../resources.ts';
import { testStackRule } from '../../ruleTable.ts';

const APP_LOGS = ['AppServiceHTTPLogs', 'AppServiceConsoleLogs', 'AppServiceAppLogs', 'AppServicePlatformLogs', 'AppServiceAuditLogs', 'AppServiceIPSecAuditLogs'];
const OF_SERVICES = ['StorageRead', 'StorageWrite', 'StorageDelete'];
const site = part('azure-native:web:WebApp', 'site', { name: 'mcp-1' });
const slot = part('azure-native:web:WebAppSlot', 'staging', { name: 'mcp-1/staging', slot: 'staging' }, { name: ['site'] });
const account = part('azure-native:storage:StorageAccount', 'account');
const kept = part('azure-native:storage:BlobContainerImmutabilityPolicy', 'keep', {}, { accountName: ['account'] });
const on = (categories: readonly string[]) => categories.map((category) => ({ category, enabled: true }));
const setting = (of: string, logs: unknown = on(APP_LOGS), more: object = {}) => part('azure-native:monitor:DiagnosticSetting', `logs of ${of}`, { workspaceId: '/w', logs, ...more }, { resourceUri: [of] });
const ofService = (service: string, logs: readonly string[] = OF_SERVICES) => ({ ...setting('account', on(logs), { resourceUri: `/account/${service}Services/default` }), name: service });
const unplaced = (name: string, resourceUri: unknown = UNKNOWN_STRING, logs: readonly string[] = OF_SERVICES) => ({ ...setting('account', on(logs), { resourceUri }), name });
const rest = ['queue', 'table', 'file'].map((service) => ofService(service));

testStackRule(diagnosticSettings, {
  passes: {
    all: [site, slot, setting('site'), setting('staging')],
    'in two settings': [site, setting('site', on(APP_LOGS.slice(0, 3))), { ...setting('site', on(APP_LOGS.slice(3))), name: 'more' }],
    'all logs': [site, setting('site', [{ categoryGroup: 'allLogs', enabled: true }])],
    'of an account that does not exist yet': [account, ...['a', 'b', 'c', 'd'].map((name) => unplaced(name))],
    'as Azure answers': [account, kept, unplaced('a', undefined, ['StorageRead', 'StorageDelete']), ...['b', 'c', 'd'].map((name) => unplaced(name, undefined))],
    services: [account, ofService('blob'), ...rest],
    'the record, without its writes': [account, kept, ofService('blob', ['StorageRead', 'StorageDelete']), ...rest],
  },
  fails: {
    slot: [[site, slot, setting('site')], /^web:WebAppSlot "staging" has no diagnostic setting/],
    'no workspace': [[site, part('azure-native:monitor:DiagnosticSetting', 'd', { storageAccountId: '/a', logs: on(APP_LOGS) }, { resourceUri: ['site'] })], /^web:WebApp "site" has no diagnostic setting with a workspace/],
    vault: [[part('azure-native:keyvault:Vault', 'vault')], /"vault"/],
    'one off': [[site, setting('site', [...on(APP_LOGS.slice(1)), { category: 'AppServiceHTTPLogs', enabled: false }])], /^web:WebApp "site" does not send AppServiceHTTPLogs to a workspace/],
    'metrics alone': [[part('azure-native:network:NetworkSecurityGroup', 'nsg'), setting('nsg', [])], /"nsg" does not send NetworkSecurityGroupEvent, NetworkSecurityGroupRuleCounter/],
    'one service': [[account, ofService('blob')], [/^The file service of storage:StorageAccount "account" has no diagnostic setting/, /^The table service/, /^The queue service/]],
    'writes of packages': [[account, ofService('blob', ['StorageRead', 'StorageDelete']), ...rest], /^The blob service of storage:StorageAccount "account" does not send StorageWrite/],
    'an account that does not exist yet': [[account, unplaced('a'), unplaced('b')], [/^The queue service/, /^The blob service/]],
    'one with less': [[account, unplaced('a', undefined, ['StorageRead', 'StorageDelete']), ...['b', 'c', 'd'].map((name) => unplaced(name, undefined))], /^The blob service of storage:StorageAccount "account" does not send StorageWrite/],
  },
  unknown: {
    logs: [[site, setting('site', UNKNOWN_STRING)], /^web:WebApp "site": its logs was not judged/],
    'one log': [[site, setting('site', [...on(APP_LOGS.slice(1)), { category: 'AppServiceHTTPLogs', enabled: UNKNOWN_BOOLEAN }])], /its logs was not judged/],
  },
  notConcerned: { 'nothing with logs': [part('azure-native:managedidentity:UserAssignedIdentity', 'i')] },
});

import { diagnosticSettings } from '../../../../policy/rules/operations/diagnosticSettings.ts';
import { part } from '../../resources.ts';
import { testStackRule } from '../../ruleTable.ts';

const site = part('azure-native:web:WebApp', 'site', { name: 'mcp-1' });
const slot = part('azure-native:web:WebAppSlot', 'staging', { name: 'mcp-1/staging', slot: 'staging' }, { name: ['site'] });
const setting = (of: string) => part('azure-native:monitor:DiagnosticSetting', `logs of ${of}`, { workspaceId: '/w' }, { resourceUri: [of] });

testStackRule(diagnosticSettings, {
  passes: { all: [site, slot, setting('site'), setting('staging')] },
  fails: { slot: [[site, slot, setting('site')], /^web:WebAppSlot "staging" has no diagnostic setting/], 'no workspace': [[site, part('azure-native:monitor:DiagnosticSetting', 'd', { storageAccountId: '/a' }, { resourceUri: ['site'] })], /^web:WebApp "site" has no diagnostic setting with a workspace/], vault: [[part('azure-native:keyvault:Vault', 'vault')], /"vault"/] },
  unknown: {},
  notConcerned: { 'nothing with logs': [part('azure-native:managedidentity:UserAssignedIdentity', 'i')] },
});

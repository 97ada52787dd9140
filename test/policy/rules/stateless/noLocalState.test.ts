import { noLocalState } from '../../../../policy/rules/stateless/noLocalState.ts';
import { UNKNOWN_STRING } from '../../resources.ts';
import { testResourceRule } from '../../ruleTable.ts';

const setting = (value: string) => ({ siteConfig: { appSettings: [{ name: 'WEBSITES_ENABLE_APP_SERVICE_STORAGE', value }] } });

testResourceRule(noLocalState, {
  types: ['azure-native:web:WebApp', 'azure-native:web:WebAppSlot'],
  others: ['azure-native:web:AppServicePlan'],
  passes: { nothing: {}, off: setting('false'), 'no mounts': { siteConfig: { azureStorageAccounts: {} } } },
  fails: {
    'a persistent file system': [setting('true'), /^WEBSITES_ENABLE_APP_SERVICE_STORAGE is not false/],
    'a mount': [{ siteConfig: { azureStorageAccounts: { share: { type: 'AzureFiles', mountPath: '/data' } } } }, /^siteConfig\.azureStorageAccounts mounts storage/],
  },
  unknown: {
    setting: [setting(UNKNOWN_STRING), /^WEBSITES_ENABLE_APP_SERVICE_STORAGE was not judged/],
    settings: [{ siteConfig: { appSettings: UNKNOWN_STRING } }, /^The app settings was not judged/],
    mounts: [{ siteConfig: { azureStorageAccounts: UNKNOWN_STRING } }, /^siteConfig\.azureStorageAccounts was not judged/],
  },
});

testResourceRule(noLocalState, {
  types: ['azure-native:web:WebAppApplicationSettings', 'azure-native:web:WebAppApplicationSettingsSlot'],
  passes: { nothing: { properties: { A: 'b' } }, off: { properties: { WEBSITES_ENABLE_APP_SERVICE_STORAGE: 'false' } } },
  fails: { on: [{ properties: { WEBSITES_ENABLE_APP_SERVICE_STORAGE: 'true' } }, /^WEBSITES_ENABLE_APP_SERVICE_STORAGE is not false/] },
  unknown: { setting: [{ properties: { WEBSITES_ENABLE_APP_SERVICE_STORAGE: UNKNOWN_STRING } }, /was not judged/], settings: [{ properties: UNKNOWN_STRING }, /was not judged/] },
});

testResourceRule(noLocalState, {
  types: ['azure-native:web:WebAppAzureStorageAccounts', 'azure-native:web:WebAppAzureStorageAccountsSlot'],
  passes: { none: { properties: {} } },
  fails: { 'a mount': [{ properties: { share: { type: 'AzureFiles' } } }, /^properties mounts storage/] },
  unknown: { mounts: [{ properties: UNKNOWN_STRING }, /^properties was not judged/] },
});

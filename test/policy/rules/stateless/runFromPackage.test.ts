import { runFromPackage } from '../../../../policy/rules/stateless/runFromPackage.ts';
import { UNKNOWN_STRING } from '../../resources.ts';
import { testResourceRule } from '../../ruleTable.ts';

const settings = (value: string) => ({ properties: { WEBSITE_RUN_FROM_PACKAGE: value, WEBSITE_RUN_FROM_PACKAGE_BLOB_MI_RESOURCE_ID: '/identity' } });

testResourceRule(runFromPackage, {
  types: ['azure-native:web:WebAppApplicationSettings', 'azure-native:web:WebAppApplicationSettingsSlot'],
  others: ['azure-native:web:WebApp'],
  passes: { '1 without identity': { properties: { WEBSITE_RUN_FROM_PACKAGE: '1' } }, 'a URL': settings('https://packages.example/a.zip'), '1': settings('1') },
  fails: { 'nobody reads it': [{ properties: { WEBSITE_RUN_FROM_PACKAGE: 'https://packages.example/a.zip' } }, /^WEBSITE_RUN_FROM_PACKAGE_BLOB_MI_RESOURCE_ID is left out/], omitted: [{ properties: {} }, /^WEBSITE_RUN_FROM_PACKAGE is left out/], 'nothing at all': [{}, /^WEBSITE_RUN_FROM_PACKAGE is left out/], off: [settings('0'), /^WEBSITE_RUN_FROM_PACKAGE has a value that is not allowed/] },
  unknown: { URL: [settings(UNKNOWN_STRING), /^WEBSITE_RUN_FROM_PACKAGE was not judged/], settings: [{ properties: UNKNOWN_STRING }, /^The app settings was not judged/] },
});

import { noDrift } from '../../../../policy/rules/operations/noDrift.ts';
import { UNKNOWN_BOOLEAN, part } from '../../resources.ts';
import { testStackRule } from '../../ruleTable.ts';

const GOOD = { clientAffinityEnabled: false, httpsOnly: true, siteConfig: { minTlsVersion: '1.2', ftpsState: 'Disabled', remoteDebuggingEnabled: false } };
const app = (outputs: object) => part('azure-native:web:WebApp', 'site', { ...GOOD, ...outputs });
const slot = (outputs: object) => part('azure-native:web:WebAppSlot', 'staging', { ...GOOD, ...outputs });

testStackRule(noDrift, {
  passes: { 'as judged': [app({}), slot({})], 'what Azure does not answer with': [part('azure-native:web:WebApp', 'site')] },
  fails: {
    'affinity switched on': [[app({ clientAffinityEnabled: true })], /^web:WebApp "site" as it stands: clientAffinityEnabled has a value that is not allowed/],
    'HTTPS switched off': [[app({ httpsOnly: false })], /httpsOnly/],
    'of a slot': [[app({}), slot({ siteConfig: { ftpsState: 'AllAllowed', minTlsVersion: '1.0', remoteDebuggingEnabled: true } })], [/^web:WebAppSlot "staging" as it stands: siteConfig\.minTlsVersion/, /ftpsState/, /remoteDebuggingEnabled/]],
  },
  unknown: { affinity: [[app({ clientAffinityEnabled: UNKNOWN_BOOLEAN })], /^clientAffinityEnabled was not judged/] },
  notConcerned: { 'no site': [part('azure-native:keyvault:Vault', 'vault')] },
});

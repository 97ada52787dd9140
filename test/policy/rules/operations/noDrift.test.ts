import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createLedger } from '../../../../policy/exemptionLedger.ts';
import { noDrift } from '../../../../policy/rules/operations/noDrift.ts';
import { part, stackOf, UNKNOWN_BOOLEAN } from '../../resources.ts';
import { findingsOf, testStackRule } from '../../ruleTable.ts';

const GOOD = { clientAffinityEnabled: false, httpsOnly: true, siteConfig: { minTlsVersion: '1.2', ftpsState: 'Disabled', remoteDebuggingEnabled: false } };
const app = (outputs: object) => part('azure-native:web:WebApp', 'site', { ...GOOD, ...outputs });
const slot = (outputs: object) => part('azure-native:web:WebAppSlot', 'staging', { ...GOOD, ...outputs });

testStackRule(noDrift({ hasPassed: () => true }), {
  passes: { 'as judged': [app({}), slot({})], 'what Azure does not answer with': [part('azure-native:web:WebApp', 'site')] },
  fails: {
    'affinity switched on': [[app({ clientAffinityEnabled: true })], /^web:WebApp "site" as it stands: clientAffinityEnabled has a value that is not allowed/],
    'HTTPS switched off': [[app({ httpsOnly: false })], /httpsOnly/],
    'of a slot': [[app({}), slot({ siteConfig: { ftpsState: 'AllAllowed', minTlsVersion: '1.0', remoteDebuggingEnabled: true } })], [/^web:WebAppSlot "staging" as it stands: siteConfig\.minTlsVersion/, /ftpsState/, /remoteDebuggingEnabled/]],
  },
  unknown: { affinity: [[app({ clientAffinityEnabled: UNKNOWN_BOOLEAN })], /^clientAffinityEnabled was not judged/] },
  notConcerned: { 'no site': [part('azure-native:keyvault:Vault', 'vault')] },
});

it('no-drift repeats nothing: it reports what passed as an input, and not what was found, exempted or not judged there', () => {
  const [site] = stackOf([app({ httpsOnly: false })]);
  assert.ok(site);
  const ledger = createLedger([], '2026-11-25');
  const findings = (): number => findingsOf(noDrift(ledger).judge([site], {})).length;
  assert.equal(findings(), 0);
  ledger.judged('https-only', site);
  assert.equal(findings(), 1);
  ledger.use('https-only', site);
  assert.equal(findings(), 0);
});

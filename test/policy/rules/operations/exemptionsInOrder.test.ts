import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createLedger, type ExemptionLedger } from '../../../../policy/exemptionLedger.ts';
import type { Exemption } from '../../../../policy/exemptions.ts';
import { exemptionsInOrder } from '../../../../policy/rules/operations/exemptionsInOrder.ts';
import { part, resourceOf, stackOf } from '../../resources.ts';
import { findingsOf } from '../../ruleTable.ts';

const TODAY = '2026-11-25';
const SITE = part('azure-native:web:WebApp', 'site');
const EXEMPTION: Exemption = { stack: 'staging', rule: 'https-only', resource: 'azure-native:web:WebApp::site', reason: 'why', owner: 'team', ticket: 'T-1', expires: '2026-11-25' };
const subject = resourceOf(SITE.type, {}, SITE.name);

function messages(exemption: Exemption, before: (ledger: ExemptionLedger) => void = () => undefined): readonly string[] {
  const ledger = createLedger([exemption], TODAY);
  before(ledger);
  return findingsOf(exemptionsInOrder(ledger).judge(stackOf([SITE]), {})).map(({ message }) => message);
}
const judgedAndUsed = (ledger: ExemptionLedger): void => {
  ledger.judged('https-only', subject);
  ledger.use('https-only', subject);
};

describe('exemptions-in-order', () => {
  it('passes an exemption that was needed, on its last day too, by type and name as well as by URN', () => {
    for (const resource of [EXEMPTION.resource, subject.urn]) assert.deepEqual(messages({ ...EXEMPTION, resource }, judgedAndUsed), []);
  });

  it('reports one that has expired, needed or not', () => {
    for (const before of [judgedAndUsed, () => undefined]) {
      assert.deepEqual(messages({ ...EXEMPTION, expires: '2026-11-24' }, before), ['The exemption from https-only, ticket T-1, has expired on 2026-11-24. Mend what it exempted, or decide anew.']);
    }
  });

  it('reports one that matches no resource, and one that exempts from nothing any more', () => {
    assert.deepEqual(messages({ ...EXEMPTION, resource: 'azure-native:web:WebApp::other' }), ['The exemption from https-only, ticket T-1, matches no resource of the stack. Correct its resource, or remove it.']);
    assert.deepEqual(messages(EXEMPTION, (ledger) => ledger.judged('https-only', subject)), ['The exemption from https-only, ticket T-1, exempts from nothing any more. Remove it.']);
  });

  it('leaves alone what an update with targets did not judge, and what is for another stack or rule', () => {
    assert.deepEqual(messages(EXEMPTION), []);
    const ledger = createLedger([{ ...EXEMPTION, stack: 'prod' }], TODAY);
    assert.deepEqual(exemptionsInOrder(ledger).judge(stackOf([SITE]), {}), { concerns: false, reason: 'The stack has no exemptions.' });
    assert.equal(createLedger([EXEMPTION], TODAY).use('http2', subject), undefined);
  });
});

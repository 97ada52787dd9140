import { inboundRestricted } from '../../../../policy/rules/security/inboundRestricted.ts';
import { UNKNOWN_STRING, resourceOf } from '../../resources.ts';
import { testResourceRule } from '../../ruleTable.ts';
import assert from 'node:assert/strict';
import { it } from 'node:test';

const range = (ipAddress = '203.0.113.0/24') => ({ action: 'Allow', ipAddress });
const frontDoor = (ids: unknown = ['33333333-2222-3333-4444-555555555555'], ipAddress = 'AzureFrontDoor.Backend') => ({ action: 'Allow', tag: 'ServiceTag', ipAddress, headers: { 'x-azure-fdid': ids } });
const site = (rules: unknown, more: object = {}) => ({ siteConfig: {
  ipSecurityRestrictions: rules, ipSecurityRestrictionsDefaultAction: 'Deny', scmIpSecurityRestrictions: [range()], scmIpSecurityRestrictionsDefaultAction: 'Deny', scmIpSecurityRestrictionsUseMain: false, ...more,
} });
const WIDE = /^siteConfig\.ipSecurityRestrictions\[0\] lets in more than it names/;

testResourceRule(inboundRestricted, {
  types: ['azure-native:web:WebApp', 'azure-native:web:WebAppSlot'],
  others: ['azure-native:web:AppServicePlan'],
  passes: { range: site([range()]), 'Front Door': site([frontDoor(), range('2001:db8::/32')]), 'who is denied': site([{ action: 'Deny', ipAddress: '0.0.0.0/0' }]) },
  fails: {
    'the rest let in': [site([range()], { ipSecurityRestrictionsDefaultAction: 'Allow' }), /^siteConfig\.ipSecurityRestrictionsDefaultAction lets in who is not named/],
    'the rest by default': [site([range()], { ipSecurityRestrictionsDefaultAction: undefined }), /or is left out/],
    'the rest at the deployment site': [site([range()], { scmIpSecurityRestrictionsDefaultAction: 'Allow' }), /^siteConfig\.scmIpSecurityRestrictionsDefaultAction/],
    'the deployment site as the other': [site([range()], { scmIpSecurityRestrictionsUseMain: true }), /^siteConfig\.scmIpSecurityRestrictionsUseMain/],
    'every Front Door': [site([frontDoor([])]), WIDE], 'no id': [site([frontDoor([''])]), WIDE], 'another tag': [site([frontDoor(['x'], 'AzureCloud')]), WIDE],
    'all addresses': [site([range('0.0.0.0/0')]), WIDE], 'any at all': [site([range('Any')]), WIDE],
    'all addresses at the deployment site': [site([range()], { scmIpSecurityRestrictions: [range('::/0')] }), /^siteConfig\.scmIpSecurityRestrictions\[0\]/],
  },
  unknown: { rules: [site(UNKNOWN_STRING), /^siteConfig\.ipSecurityRestrictions was not judged/], rule: [site([UNKNOWN_STRING]), /\[0\] was not judged/], id: [site([frontDoor([UNKNOWN_STRING])]), /\[0\] was not judged/], action: [site([range()], { ipSecurityRestrictionsDefaultAction: UNKNOWN_STRING }), /DefaultAction was not judged/] },
});

it('a site that names nobody lets in all, and is not judged by inbound-restricted', () => {
  for (const props of [{}, { siteConfig: { ipSecurityRestrictions: [] } }]) assert.equal(inboundRestricted.judge(resourceOf('azure-native:web:WebApp', props), {}).concerns, false);
});

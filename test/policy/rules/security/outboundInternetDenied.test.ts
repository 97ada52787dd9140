import { outboundInternetDenied } from '../../../../policy/rules/security/outboundInternetDenied.ts';
import { UNKNOWN_STRING, part } from '../../resources.ts';
import { testStackRule } from '../../ruleTable.ts';

const site = part('azure-native:web:WebApp', 'site');
const deny = { direction: 'Outbound', access: 'Deny', protocol: '*', destinationAddressPrefix: 'Internet' };
const group = (securityRules: unknown) => part('azure-native:network:NetworkSecurityGroup', 'nsg', { securityRules });

testStackRule(outboundInternetDenied, {
  passes: { denied: [site, group([deny])], 'among others': [site, group([{ ...deny, destinationAddressPrefix: 'VirtualNetwork', access: 'Allow' }, deny])], 'of a slot': [part('azure-native:web:WebAppSlot', 'staging'), group([deny])] },
  fails: {
    'no group': [[site], /^The stack has no network security group/],
    'no rule': [[site, group([])], /^network:NetworkSecurityGroup "nsg" has no rule that denies/],
    'what comes in': [[site, group([{ ...deny, direction: 'Inbound' }])], /has no rule/],
    'one protocol': [[site, group([{ ...deny, protocol: 'Tcp' }])], /has no rule/],
    'of a slot': [[part('azure-native:web:WebAppSlot', 'staging')], /no network security group/],
  },
  unknown: { rules: [[site, group(UNKNOWN_STRING)], /^network:NetworkSecurityGroup "nsg": securityRules was not judged/], rule: [[site, group([{ ...deny, access: UNKNOWN_STRING }])], /securityRules was not judged/] },
  notConcerned: { 'no site': [group([])] },
});

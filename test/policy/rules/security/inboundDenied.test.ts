import { inboundDenied } from '../../../../policy/rules/security/inboundDenied.ts';
import { UNKNOWN_STRING } from '../../resources.ts';
import { testResourceRule } from '../../ruleTable.ts';

const ANY = { protocol: '*', sourceAddressPrefix: '*', sourcePortRange: '*', destinationPortRange: '*', destinationAddressPrefix: '*' };
const deny = { ...ANY, direction: 'Inbound', access: 'Deny' };
const open = (more: object = {}) => ({ ...ANY, direction: 'Inbound', access: 'Allow', protocol: 'Tcp', sourceAddressPrefix: 'VirtualNetwork', destinationPortRange: '443', ...more });
const group = (...securityRules: unknown[]) => ({ securityRules });

testResourceRule(inboundDenied, {
  types: ['azure-native:network:NetworkSecurityGroup'],
  others: ['azure-native:network:PrivateEndpoint'],
  passes: { 'nothing let in': group({ ...deny, direction: 'Outbound' }), none: {}, 'HTTPS from the network': group(open(), deny) },
  fails: {
    'from all': [group(open({ sourceAddressPrefix: '*' }), deny), /^securityRules\[0\] lets in more than HTTPS from the network/],
    'from others too': [group(open({ sourceAddressPrefixes: ['203.0.113.0/24'] }), deny), /lets in more/],
    'another port': [group(open({ destinationPortRange: '*' }), deny), /lets in more/],
    'another protocol': [group(open({ protocol: '*' }), deny), /lets in more/],
    'the rest as well': [group(open()), /^securityRules let something in and do not deny the rest/],
    'the rest of one port': [group(open(), { ...deny, destinationPortRange: '80' }), /do not deny the rest/],
  },
  unknown: { rules: [{ securityRules: UNKNOWN_STRING }, /^securityRules was not judged/], rule: [group(UNKNOWN_STRING), /^securityRules\[0\] was not judged/], source: [group(open({ sourceAddressPrefix: UNKNOWN_STRING }), deny), /securityRules\[0\] was not judged/] },
});

testResourceRule(inboundDenied, {
  types: ['azure-native:network:VirtualNetwork'],
  passes: { 'subject to its group': { subnets: [{ privateEndpointNetworkPolicies: 'NetworkSecurityGroupEnabled' }] }, delegated: { subnets: [{ delegations: [{ serviceName: 's' }] }] }, none: {} },
  fails: { off: [{ subnets: [{ privateEndpointNetworkPolicies: 'Disabled' }] }, /^subnets\[0\]\.privateEndpointNetworkPolicies keeps the group from private endpoints/], omitted: [{ subnets: [{}] }, /or is left out/] },
  unknown: { subnets: [{ subnets: UNKNOWN_STRING }, /^subnets was not judged/], subnet: [{ subnets: [UNKNOWN_STRING] }, /subnets\[0\]\.privateEndpointNetworkPolicies was not judged/], policies: [{ subnets: [{ privateEndpointNetworkPolicies: UNKNOWN_STRING }] }, /was not judged/] },
});

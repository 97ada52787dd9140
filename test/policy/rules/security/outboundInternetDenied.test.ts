import { outboundInternetDenied } from '../../../../policy/rules/security/outboundInternetDenied.ts';
import { UNKNOWN_STRING, part, type Part } from '../../resources.ts';
import { testStackRule } from '../../ruleTable.ts';

const site = part('azure-native:web:WebApp', 'site');
const ANY = { protocol: '*', sourceAddressPrefix: '*', sourcePortRange: '*', destinationPortRange: '*' };
const deny = { ...ANY, direction: 'Outbound', access: 'Deny', destinationAddressPrefix: '*' };
const open = (destinationAddressPrefix: string, more: object = {}) => ({ ...ANY, direction: 'Outbound', access: 'Allow', protocol: 'Tcp', destinationAddressPrefix, destinationPortRange: '443', ...more });
const group = (securityRules: unknown, name = 'nsg') => part('azure-native:network:NetworkSecurityGroup', name, { securityRules });
const app = { networkSecurityGroup: { id: UNKNOWN_STRING }, delegations: [{ serviceName: 'Microsoft.Web/serverFarms' }] };
const network = (subnets: unknown = [app], madeFrom: Part['madeFrom'] = { subnets: ['nsg'] }) => part('azure-native:network:VirtualNetwork', 'network', { subnets }, madeFrom);
const tools = (egress: unknown) => part('mcp:infra:ToolApi', 'tools', { tools: [{ name: 'a', egress }] });
const OPENED = /^network:NetworkSecurityGroup "nsg": securityRules\[0\] lets out more than the platform needs and the tools declare/;

testStackRule(outboundInternetDenied, {
  passes: {
    denied: [site, group([deny]), network()],
    'the internet by its name': [site, group([{ ...deny, destinationAddressPrefix: 'Internet' }]), network()],
    'of a slot': [part('azure-native:web:WebAppSlot', 'staging'), group([deny]), network()],
    'what the platform needs': [site, group([open('AzureActiveDirectory'), open('AzurePlatformDNS', { protocol: '*', destinationPortRange: '53' }), open('10.64.1.64/27'), deny]), network()],
    'what tools declare': [site, group([open('Internet', { destinationPortRange: '8443' }), open('VirtualNetwork', { destinationPortRanges: ['9443'], destinationPortRange: undefined }), deny]), network(), tools([{ host: 'a.example', port: 8443, addresses: 'public' }, { host: 'b.example', port: 9443, addresses: 'private' }])],
    'another subnet': [site, group([deny]), network([app, { networkSecurityGroup: { id: '/nsg' } }])],
  },
  fails: {
    'no group': [[site], /^The stack has no network security group/],
    'no rule': [[site, group([]), network()], /^network:NetworkSecurityGroup "nsg" has no rule that denies/],
    'what comes in': [[site, group([{ ...deny, direction: 'Inbound' }]), network()], /has no rule/],
    'one protocol': [[site, group([{ ...deny, protocol: 'Tcp' }]), network()], /has no rule/],
    'one port': [[site, group([{ ...deny, destinationPortRange: '80' }]), network()], /has no rule/],
    'one source': [[site, group([{ ...deny, sourceAddressPrefix: '10.0.0.4' }]), network()], /has no rule/],
    'of a slot': [[part('azure-native:web:WebAppSlot', 'staging')], /no network security group/],
    'the internet': [[site, group([open('Internet'), deny]), network()], OPENED],
    everything: [[site, group([open('*'), deny]), network(), tools([{ host: 'a.example', port: 443, addresses: 'public' }])], OPENED],
    'a public range': [[site, group([open('203.0.113.0/24'), deny]), network()], OPENED],
    'another port': [[site, group([open('Storage', { destinationPortRange: '445' }), deny]), network()], OPENED],
    'another protocol': [[site, group([open('Storage', { protocol: '*' }), deny]), network()], OPENED],
    'a port that nobody declares': [[site, group([open('Internet'), deny]), network(), tools([{ host: 'a.example', port: 8443, addresses: 'public' }])], OPENED],
    'one of several': [[site, group([open('Storage', { destinationAddressPrefixes: ['Internet'] }), deny]), network()], OPENED],
    'on no subnet': [[site, group([deny]), network([app], {})], /^network:NetworkSecurityGroup "nsg" stands on no subnet/],
    'not on the app\'s subnet': [[site, group([deny]), network([{ delegations: app.delegations }, { networkSecurityGroup: { id: '/nsg' } }])], /^network:VirtualNetwork "network": subnets\[0\] has no network security group/],
    'no subnet for apps': [[site, group([deny]), network([{ networkSecurityGroup: { id: '/nsg' } }])], /^The stack has no subnet that is delegated to Microsoft\.Web\/serverFarms/],
    'no network': [[site, group([deny])], [/stands on no subnet/, /no subnet that is delegated/]],
  },
  unknown: {
    rules: [[site, group(UNKNOWN_STRING), network()], /^network:NetworkSecurityGroup "nsg": securityRules was not judged/],
    rule: [[site, group([{ ...deny, access: UNKNOWN_STRING }]), network()], [/securityRules was not judged/, /securityRules\[0\] was not judged/]],
    destination: [[site, group([open(UNKNOWN_STRING), deny]), network()], /securityRules\[0\] was not judged/],
    catalogue: [[site, group([open('Internet'), deny]), network(), part('mcp:infra:ToolApi', 'tools', { tools: UNKNOWN_STRING })], /securityRules\[0\] was not judged/],
    subnets: [[site, group([deny]), network(UNKNOWN_STRING)], /^network:VirtualNetwork "network": subnets was not judged/],
    subnet: [[site, group([deny]), network([UNKNOWN_STRING])], /subnets\[0\] was not judged/],
  },
  notConcerned: { 'no site': [group([])] },
});

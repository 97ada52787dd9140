import { vnetRouting } from '../../../../policy/rules/security/vnetRouting.ts';
import { UNKNOWN_STRING } from '../../resources.ts';
import { testResourceRule } from '../../ruleTable.ts';

const IN_SUBNET = { virtualNetworkSubnetId: '/subscriptions/s/subnets/app' };

testResourceRule(vnetRouting, {
  types: ['azure-native:web:WebApp', 'azure-native:web:WebAppSlot'],
  others: ['azure-native:web:AppServicePlan', 'azure-native:web:WebAppApplicationSettings'],
  passes: { 'as of now': { ...IN_SUBNET, outboundVnetRouting: { allTraffic: true } }, 'as it was': { ...IN_SUBNET, vnetRouteAllEnabled: true }, 'by each': { ...IN_SUBNET, outboundVnetRouting: { allTraffic: true }, siteConfig: { vnetRouteAllEnabled: true } }, 'in the configuration': { ...IN_SUBNET, siteConfig: { vnetRouteAllEnabled: true } } },
  fails: {
    'no network': [{}, [/^virtualNetworkSubnetId is left out/, /^outboundVnetRouting\.allTraffic is left out/]],
    'references past it': [{ ...IN_SUBNET, outboundVnetRouting: { allTraffic: true }, siteConfig: { vnetRouteAllEnabled: false } }, /^siteConfig\.vnetRouteAllEnabled has a value/],
    'the new switch off': [{ ...IN_SUBNET, outboundVnetRouting: { allTraffic: false }, siteConfig: { vnetRouteAllEnabled: true } }, /^outboundVnetRouting\.allTraffic has a value/],
    'private addresses alone': [{ ...IN_SUBNET, outboundVnetRouting: { allTraffic: false } }, /^outboundVnetRouting\.allTraffic has a value/],
  },
  unknown: { subnet: [{ virtualNetworkSubnetId: UNKNOWN_STRING, outboundVnetRouting: { allTraffic: true } }, /^virtualNetworkSubnetId was not judged/], routing: [{ ...IN_SUBNET, outboundVnetRouting: UNKNOWN_STRING }, /^outboundVnetRouting\.allTraffic was not judged/] },
});

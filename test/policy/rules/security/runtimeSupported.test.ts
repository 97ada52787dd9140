import { runtimeSupported } from '../../../../policy/rules/security/runtimeSupported.ts';
import { UNKNOWN_STRING } from '../../resources.ts';
import { testResourceRule } from '../../ruleTable.ts';

const site = (linuxFxVersion: string) => ({ siteConfig: { linuxFxVersion } });

testResourceRule(runtimeSupported, {
  types: ['azure-native:web:WebApp', 'azure-native:web:WebAppSlot'],
  others: ['azure-native:web:AppServicePlan'],
  passes: { now: site('NODE|24-lts'), later: site('NODE|26-lts') },
  fails: {
    old: [site('NODE|22-lts'), /^siteConfig\.linuxFxVersion has a value that is not allowed\. Allowed: "NODE\|24-lts" or a later one/], another: [site('PYTHON|3.14'), /has a value/],
    'no long-term release': [site('NODE|25'), /has a value/], omitted: [{}, /^siteConfig\.linuxFxVersion is left out/],
  },
  unknown: { value: [site(UNKNOWN_STRING), /^siteConfig\.linuxFxVersion was not judged/] },
});

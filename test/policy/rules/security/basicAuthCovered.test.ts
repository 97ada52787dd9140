import { basicAuthCovered } from '../../../../policy/rules/security/basicAuthCovered.ts';
import { part } from '../../resources.ts';
import { testStackRule } from '../../ruleTable.ts';

const site = part('azure-native:web:WebApp', 'site', { name: 'mcp-1' });
const slot = part('azure-native:web:WebAppSlot', 'staging', { name: 'mcp-1/staging', slot: 'staging' }, { name: ['site'] });
const ofSite = ['Ftp', 'Scm'].map((what) => part(`azure-native:web:WebApp${what}Allowed`, `${what} site`, { allow: false }, { name: ['site'] }));
const ofSlot = [part('azure-native:web:WebAppFtpAllowedSlot', 'ftp slot', {}, { name: ['site'], dependsOn: ['staging'] }), part('azure-native:web:WebAppScmAllowedSlot', 'scm slot', {}, { name: ['site'], dependsOn: ['staging'] })] as const;

testStackRule(basicAuthCovered, {
  passes: { covered: [site, slot, ...ofSite, ...ofSlot], 'by an input of the slot': [site, slot, ...ofSite, part('azure-native:web:WebAppFtpAllowedSlot', 'c', {}, { slot: ['staging'] }), ofSlot[1]] },
  fails: {
    'none of the site': [[site, slot, ...ofSlot], [/^web:WebApp "site" has no web:WebAppFtpAllowed, and the service then takes passwords/, /no web:WebAppScmAllowed,/]],
    'none of the slot': [[site, slot, ...ofSite], [/^web:WebAppSlot "staging" has no web:WebAppFtpAllowedSlot/, /no web:WebAppScmAllowedSlot/]],
    'one of another slot': [[site, slot, ...ofSite, ofSlot[0], part('azure-native:web:WebAppScmAllowedSlot', 'd', {}, { name: ['site'] })], /no web:WebAppScmAllowedSlot/],
  },
  unknown: {},
  notConcerned: { 'no site': [part('azure-native:keyvault:Vault', 'vault')] },
});

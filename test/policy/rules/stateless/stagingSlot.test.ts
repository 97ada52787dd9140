import { stagingSlot } from '../../../../policy/rules/stateless/stagingSlot.ts';
import { part } from '../../resources.ts';
import { testStackRule } from '../../ruleTable.ts';

const site = part('azure-native:web:WebApp', 'site', { name: 'mcp-1' });
const slot = part('azure-native:web:WebAppSlot', 'staging', { name: 'mcp-1/staging', slot: 'staging' }, { name: ['site'] });

testStackRule(stagingSlot, {
  passes: { 'by dependency': [site, slot], 'by name': [site, part('azure-native:web:WebAppSlot', 'staging', { name: 'mcp-1' })] },
  fails: { 'no slot': [[site], /^web:WebApp "site" has no slot beside production/], 'the slot of another site': [[site, part('azure-native:web:WebAppSlot', 'staging', { name: 'other' })], /has no slot/] },
  // What belongs to what is told by dependencies, which a preview knows.
  unknown: {},
  notConcerned: { 'no site': [part('azure-native:keyvault:Vault', 'vault')] },
});

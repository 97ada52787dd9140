import { trustedNames } from '../../../../policy/rules/security/trustedNames.ts';
import { UNKNOWN_STRING, part } from '../../resources.ts';
import { testStackRule } from '../../ruleTable.ts';

const vault = (tenantId: string = 'own') => part('azure-native:keyvault:Vault', 'vault', { properties: { tenantId } });
const site = (defaultHostName: string = 'a.example') => part('azure-native:web:WebApp', 'site', { defaultHostName });
const slot = part('azure-native:web:WebAppSlot', 'staging', { defaultHostName: 'b.example' });
const settings = (tenant: string, hosts: string, type = 'WebAppApplicationSettings') => part(`azure-native:web:${type}`, 'settings', { properties: { MCP_ENTRA_TENANT_ID: tenant, MCP_ALLOWED_HOSTS: hosts } });

testStackRule(trustedNames, {
  passes: { own: [vault(), site(), slot, settings('own', 'a.example,b.example')], 'of a slot': [vault(), site(), slot, settings('own', 'b.example', 'WebAppApplicationSettingsSlot')], none: [part('azure-native:web:WebAppApplicationSettings', 's', { properties: {} })] },
  fails: {
    tenant: [[vault(), site(), slot, settings('other', 'a.example')], /^web:WebAppApplicationSettings "settings": MCP_ENTRA_TENANT_ID names what is none of the stack\. Allowed: the tenant of the vault/],
    host: [[vault(), site(), slot, settings('own', 'a.example,other.example')], /MCP_ALLOWED_HOSTS names what is none of the stack/],
    'every host': [[vault(), site(), slot, settings('own', '*')], /MCP_ALLOWED_HOSTS/],
    'of a slot': [[vault(), site(), slot, settings('other', 'c.example', 'WebAppApplicationSettingsSlot')], [/^web:WebAppApplicationSettingsSlot "settings": MCP_ENTRA_TENANT_ID/, /MCP_ALLOWED_HOSTS/]],
    'no vault': [[site(), settings('own', 'a.example')], /MCP_ENTRA_TENANT_ID/],
  },
  unknown: {
    hosts: [[vault(), site(), slot, settings('own', UNKNOWN_STRING)], /MCP_ALLOWED_HOSTS was not judged/],
    'the site\'s host': [[vault(), site(UNKNOWN_STRING), settings('own', 'a.example')], /MCP_ALLOWED_HOSTS was not judged/],
    'the vault\'s tenant': [[vault(UNKNOWN_STRING), site(), settings('own', 'a.example')], /MCP_ENTRA_TENANT_ID was not judged/],
  },
  notConcerned: { 'no settings': [vault(), site()] },
});

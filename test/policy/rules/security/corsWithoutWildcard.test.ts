import { corsWithoutWildcard } from '../../../../policy/rules/security/corsWithoutWildcard.ts';
import { UNKNOWN_STRING } from '../../resources.ts';
import { testResourceRule } from '../../ruleTable.ts';

const cors = (allowedOrigins: unknown) => ({ siteConfig: { cors: { allowedOrigins } } });

testResourceRule(corsWithoutWildcard, {
  types: ['azure-native:web:WebApp', 'azure-native:web:WebAppSlot'],
  others: ['azure-native:web:AppServicePlan'],
  passes: { 'no CORS': {}, named: cors(['https://a.example', 'https://b.example']), none: cors([]) },
  fails: { all: [cors(['*']), /^siteConfig\.cors\.allowedOrigins\[0\] has a wildcard\. Allowed: origins in full/], subdomains: [cors(['https://a.example', 'https://*.example']), /allowedOrigins\[1\] has a wildcard/] },
  unknown: { list: [cors(UNKNOWN_STRING), /^siteConfig\.cors\.allowedOrigins was not judged/], entry: [cors([UNKNOWN_STRING]), /allowedOrigins\[0\] was not judged/] },
});

testResourceRule(corsWithoutWildcard, {
  types: ['azure-native:web:WebAppApplicationSettings', 'azure-native:web:WebAppApplicationSettingsSlot'],
  passes: { none: { properties: {} }, named: { properties: { MCP_ALLOWED_ORIGINS: 'https://a.example' } }, 'no settings': {} },
  fails: { all: [{ properties: { MCP_ALLOWED_ORIGINS: '*' } }, /^MCP_ALLOWED_ORIGINS has a wildcard/] },
  unknown: { value: [{ properties: { MCP_ALLOWED_ORIGINS: UNKNOWN_STRING } }, /^MCP_ALLOWED_ORIGINS was not judged/], all: [{ properties: UNKNOWN_STRING }, /^The app settings was not judged/] },
});

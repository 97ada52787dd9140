import { identifierUris } from '../../../../policy/rules/tools/identifierUris.ts';
import { UNKNOWN_STRING, part } from '../../resources.ts';
import { testStackRule } from '../../ruleTable.ts';

const site = part('azure-native:web:WebApp', 'site', { defaultHostName: 'site.example' });
const slot = part('azure-native:web:WebAppSlot', 'staging', { defaultHostName: 'slot.example' });
const uri = (name: string, identifierUri: string, of?: string) => part('azuread:index/applicationIdentifierUri:ApplicationIdentifierUri', name, { identifierUri }, of === undefined ? {} : { identifierUri: [of] });

testStackRule(identifierUris, {
  passes: { 'one each': [site, slot, uri('a', 'https://site.example/mcp', 'site'), uri('b', 'https://slot.example/mcp', 'staging')], 'by value': [site, uri('a', 'https://site.example/mcp')], 'the host alone': [site, uri('a', 'https://site.example')] },
  fails: {
    'another host': [[site, uri('a', 'https://other.example/mcp', 'site')], /^azuread:ApplicationIdentifierUri "a": identifierUri names a host that is none of the stack/],
    'a longer host': [[site, uri('a', 'https://site.example.evil.example/mcp', 'site')], /names a host/],
    'not HTTPS': [[site, uri('a', 'api://site.example', 'site')], /is no HTTPS address/],
    'a slash at the end': [[site, uri('a', 'https://site.example/mcp/', 'site')], /ends with a slash/],
    'none for the slot': [[site, slot, uri('a', 'https://site.example/mcp', 'site')], /^web:WebAppSlot "staging" has no identifier URI/],
  },
  unknown: { URI: [[site, uri('a', UNKNOWN_STRING, 'site')], /identifierUri was not judged/], host: [[part('azure-native:web:WebApp', 'site', { defaultHostName: UNKNOWN_STRING }), uri('a', 'https://x.example/mcp', 'site')], /identifierUri was not judged/] },
  notConcerned: { 'no URI': [site], 'no site': [uri('a', 'https://x.example/mcp')] },
});

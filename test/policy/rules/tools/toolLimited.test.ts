import { toolLimited } from '../../../../policy/rules/tools/toolLimited.ts';
import { UNKNOWN_STRING } from '../../resources.ts';
import { testResourceRule } from '../../ruleTable.ts';

const tool = (limits: object) => ({ tools: [{ name: 'whoami', limits }] });

testResourceRule(toolLimited, {
  types: ['mcp:infra:ToolApi'],
  others: ['mcp:infra:HostedApp', 'azuread:index/application:Application'],
  passes: { both: tool({ callsPerMinute: 600, concurrentCallsPerPrincipal: 8 }) },
  fails: {
    'no catalogue': [{}, /^The component has no list tools/],
    'no list': [{ tools: 'whoami' }, /^The component has no list tools/],
    none: [{ tools: [{ name: 'whoami' }] }, [/^Tool whoami has no limits\.callsPerMinute\. Allowed: a whole number/, /concurrentCallsPerPrincipal/]],
    nonsense: [tool({ callsPerMinute: 0, concurrentCallsPerPrincipal: 1.5 }), [/callsPerMinute/, /concurrentCallsPerPrincipal/]],
  },
  unknown: {
    catalogue: [{ tools: UNKNOWN_STRING }, /^The catalogue of tools was not judged/],
    tool: [{ tools: [UNKNOWN_STRING] }, /^Tool 1 of the catalogue was not judged/],
    limit: [tool({ callsPerMinute: UNKNOWN_STRING, concurrentCallsPerPrincipal: 8 }), /^Tool whoami: limits\.callsPerMinute was not judged/],
  },
});

import { toolScoped } from '../../../../policy/rules/tools/toolScoped.ts';
import { UNKNOWN_STRING } from '../../resources.ts';
import { testResourceRule } from '../../ruleTable.ts';

const tool = (change: object) => ({ tools: [{ name: 'whoami', role: 'Tools.whoami', scope: 'tools.whoami', ...change }] });

testResourceRule(toolScoped, {
  types: ['mcp:infra:ToolApi'],
  others: ['mcp:infra:HostedApp', 'azuread:index/application:Application'],
  passes: { both: tool({}), none: { tools: [] } },
  fails: {
    'no catalogue': [{}, /^The component has no list tools/],
    'no list': [{ tools: 'whoami' }, /^The component has no list tools/],
    'no role': [tool({ role: undefined }), /^Tool whoami has no role, or one that Entra does not take\. Set access\.role/],
    'a scope that Entra does not take': [tool({ scope: 'a b' }), /^Tool whoami has no scope/],
  },
  unknown: {
    catalogue: [{ tools: UNKNOWN_STRING }, /^The catalogue of tools was not judged/],
    tool: [{ tools: [UNKNOWN_STRING] }, /^Tool 1 of the catalogue was not judged/],
    role: [tool({ role: UNKNOWN_STRING }), /^Tool whoami: role was not judged/],
  },
});

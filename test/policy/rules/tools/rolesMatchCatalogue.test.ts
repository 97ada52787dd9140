import { rolesMatchCatalogue } from '../../../../policy/rules/tools/rolesMatchCatalogue.ts';
import { UNKNOWN_STRING, part } from '../../resources.ts';
import { testStackRule } from '../../ruleTable.ts';

const TOOL = { name: 'whoami', role: 'Tools.whoami', scope: 'tools.whoami' };
const catalogue = (tools: unknown) => part('mcp:infra:ToolApi', 'tools', { tools });
const values = (list: unknown) => (Array.isArray(list) ? list.map((value: unknown) => ({ value })) : list);
const application = (appRoles: unknown, scopes: unknown) => part('azuread:index/application:Application', 'api', { appRoles: values(appRoles), api: { oauth2PermissionScopes: values(scopes) } });

testStackRule(rolesMatchCatalogue, {
  passes: { equal: [catalogue([TOOL]), application(['Tools.whoami', 'Mcp.CallAllTools'], ['tools.whoami', 'mcp.access'])] },
  fails: {
    'a role that no tool declares': [[catalogue([TOOL]), application(['Tools.whoami', 'Mcp.CallAllTools', 'Tools.hidden'], ['tools.whoami', 'mcp.access'])], /^azuread:Application "api": appRoles differs from the catalogue: 0 of its values missing, 1 that no tool declares/],
    'a scope that is missing': [[catalogue([TOOL]), application(['Tools.whoami', 'Mcp.CallAllTools'], ['mcp.access'])], /api\.oauth2PermissionScopes differs from the catalogue: 1 of its values missing/],
    'no list at all': [[catalogue([]), part('azuread:index/application:Application', 'api')], [/appRoles differs/, /oauth2PermissionScopes differs/]],
    'no catalogue': [[part('mcp:infra:ToolApi', 'tools'), application([], [])], /^The component has no list tools/],
  },
  unknown: {
    roles: [[catalogue([TOOL]), application(UNKNOWN_STRING, ['tools.whoami', 'mcp.access'])], /appRoles was not judged/],
    tool: [[catalogue([UNKNOWN_STRING]), application([], [])], /^The catalogue of tools was not judged/],
    role: [[catalogue([{ ...TOOL, role: UNKNOWN_STRING }]), application(['Tools.whoami', 'Mcp.CallAllTools'], ['tools.whoami', 'mcp.access'])], /appRoles was not judged/],
  },
  notConcerned: { 'no application': [catalogue([TOOL])], 'no component': [application([], [])] },
});

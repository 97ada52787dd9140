import { toolEgress } from '../../../../policy/rules/tools/toolEgress.ts';
import { UNKNOWN_STRING } from '../../resources.ts';
import { testResourceRule } from '../../ruleTable.ts';

const tool = (egress: unknown) => ({ tools: [{ name: 'whoami', egress }] });

testResourceRule(toolEgress, {
  types: ['mcp:infra:ToolApi'],
  others: ['mcp:infra:HostedApp', 'azuread:index/application:Application'],
  passes: { none: tool([]), hosts: tool([{ host: 'api.example.com', port: 443 }]) },
  fails: {
    'no catalogue': [{}, /^The component has no list tools/],
    'no list': [{ tools: 'whoami' }, /^The component has no list tools/],
    'not declared': [tool(undefined), /^Tool whoami does not declare what it reaches/],
    wildcard: [tool([{ host: 'api.example.com' }, { host: '*.example.com' }]), /^Tool whoami: egress\[1\] names no host in full/],
    'no host': [tool([{ port: 443 }]), /egress\[0\] names no host/],
    'an address': [tool([{ host: '169.254.169.254' }]), /egress\[0\] names no host/],
    'a URL': [tool([{ host: 'https://api.example.com' }]), /egress\[0\]/],
  },
  unknown: {
    catalogue: [{ tools: UNKNOWN_STRING }, /^The catalogue of tools was not judged/],
    tool: [{ tools: [UNKNOWN_STRING] }, /^Tool 1 of the catalogue was not judged/],
    list: [tool(UNKNOWN_STRING), /^Tool whoami: egress was not judged/],
    entry: [tool([UNKNOWN_STRING]), /^Tool whoami: egress\[0\] was not judged/],
    host: [tool([{ host: UNKNOWN_STRING }]), /^Tool whoami: egress\[0\] was not judged/],
  },
});

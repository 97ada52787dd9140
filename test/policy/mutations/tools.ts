import type { Mutation } from './mutation.ts';

const CATALOGUE = ['mcp:infra:ToolApi'];

export const TOOL_MUTATIONS: readonly Mutation[] = [
  { id: 'tool-without-role', means: 'Whoever gets a token calls the tool.', rule: 'tool-scoped', change: { kind: 'to', on: CATALOGUE, path: 'tools[].role', to: '' } },
  { id: 'tool-of-another-role', means: 'Who may call one tool may call another.', rule: 'roles-match-catalogue', about: 'azuread:Application', change: { kind: 'to', on: CATALOGUE, path: 'tools[].role', to: 'Tools.other' } },
  { id: 'tool-without-scope', means: 'Any client of the user calls the tool.', rule: 'tool-scoped', change: { kind: 'omitted', on: CATALOGUE, path: 'tools[].scope' } },
  { id: 'tool-of-another-scope', means: 'The same, for a client that was allowed something else.', rule: 'roles-match-catalogue', about: 'azuread:Application', change: { kind: 'to', on: CATALOGUE, path: 'tools[].scope', to: 'other' } },
  { id: 'tool-without-rate', means: 'An agent in a loop takes the tool from all others.', rule: 'tool-limited', change: { kind: 'to', on: CATALOGUE, path: 'tools[].limits.callsPerMinute', to: 0 } },
  { id: 'tool-at-once-without-end', means: 'The same, by calls at once.', rule: 'tool-limited', change: { kind: 'omitted', on: CATALOGUE, path: 'tools[].limits.concurrentCallsPerPrincipal' } },
  { id: 'tool-reaches-all', means: 'A misled agent sends what it has read anywhere.', rule: 'tool-egress', change: { kind: 'to', on: CATALOGUE, path: 'tools[].egress[].host', to: '*.example' } },
  { id: 'tool-of-another-port', means: 'The network lets out what no tool declares.', rule: 'outbound-internet-denied', about: 'network:NetworkSecurityGroup', change: { kind: 'to', on: CATALOGUE, path: 'tools[].egress[].port', together: true, to: 8443 } },
  { id: 'tool-in-the-network', means: 'The same: the internet stays open for hosts that are in the network.', rule: 'outbound-internet-denied', about: 'network:NetworkSecurityGroup', change: { kind: 'to', on: CATALOGUE, path: 'tools[].egress[].addresses', together: true, to: 'private' } },
  { id: 'tool-of-nobody', means: 'Nobody answers for what the tool does.', rule: 'tool-reviewed', change: { kind: 'to', on: CATALOGUE, path: 'tools[].owner', to: '' } },
  { id: 'tool-unreviewed', means: 'Nobody has looked at what the tool reaches and whom it opens itself to.', rule: 'tool-reviewed', change: { kind: 'omitted', on: CATALOGUE, path: 'tools[].reviewer' } },
  { id: 'tool-review-overdue', means: 'Nobody has looked at it again.', rule: 'tool-reviewed', change: { kind: 'to', on: CATALOGUE, path: 'tools[].reviewDueOn', to: '2020-01-01' } },
];

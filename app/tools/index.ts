import { checkFactSource } from './check-fact-source/tool.ts';
import { computePrimes } from './compute-primes/tool.ts';
import { defineCatalogue, type Tool } from './defineTool.ts';
import { lookupFact } from './lookup-fact/tool.ts';
import { reportChange } from './report-change/tool.ts';
import { whoami } from './whoami/tool.ts';

export type { Tool, ToolAccess, ToolAnnotations, ToolAudit, ToolInteraction, ToolLifecycle, ToolLimits, ToolRule } from './defineTool.ts';
export { describeEgressHost, type EgressHost } from './egressHosts.ts';

/**
 * The catalogue: every tool of the server, in a fixed order.
 * Entra roles and scopes, the tool list and the documentation derive from it. Importing it has no side effects and needs zod alone:
 * handlers load at their first call.
 */
export const tools: readonly Tool[] = defineCatalogue([checkFactSource, computePrimes, lookupFact, reportChange, whoami]);

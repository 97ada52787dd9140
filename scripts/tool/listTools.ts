import { z } from 'zod';
import { burstOf } from '../../app/tools/callBurst.ts';
import { describeEgressHost, type Tool, type ToolLifecycle } from '../../app/tools/index.ts';
import { formatTable } from '../table.ts';
import { annotationWords } from './annotationWords.ts';

/** The catalogue as a table for a terminal. */
export function formatToolList(tools: readonly Tool[]): string {
  return formatTable([
    ['Name', 'Title', 'Stage', 'Role', 'Scope', 'Timeout', 'Calls of a principal', 'Rules', 'Egress', 'Owner', 'Review due', 'Annotations'],
    ...tools.map(({ name, title, lifecycle, access, limits, rules, egress, owner, annotations }) => [
      name, title, stageOf(lifecycle), access.role, access.scope, `${limits.timeoutMs} ms`,
      `${limits.callsPerMinute}/min, burst ${burstOf(limits.callsPerMinute)}, ${limits.concurrentCallsPerPrincipal} at a time`,
      rules.map(({ id }) => id).join(', ') || 'none', egress.map(describeEgressHost).join(', ') || 'none', owner, lifecycle.reviewDueOn ?? 'not reviewed', annotationWords(annotations),
    ]),
  ]);
}

function stageOf({ stage, sunsetOn }: ToolLifecycle): string {
  return sunsetOn === undefined ? stage : `${stage} until ${sunsetOn}`;
}

/** The catalogue as JSON: each declaration without its code, its schemas as JSON Schema under the names of MCP. */
export function toolListJson(tools: readonly Tool[]): unknown {
  return tools.map(({ input, output, rules, handler: _handler, ...declared }) => ({
    ...declared,
    rules: rules.map(({ id, description }) => ({ id, description })),
    inputSchema: z.toJSONSchema(input, { io: 'input' }),
    outputSchema: z.toJSONSchema(output, { io: 'output' }),
  }));
}

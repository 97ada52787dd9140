import { z } from 'zod';
import { describeEgressHost, type Tool } from '../../app/tools/index.ts';
import { formatTable } from '../table.ts';
import { annotationWords } from './annotationWords.ts';

/** The catalogue as a table for a terminal. */
export function formatToolList(tools: readonly Tool[]): string {
  return formatTable([
    ['Name', 'Title', 'Stage', 'Role', 'Scope', 'Timeout', 'Egress', 'Owner', 'Annotations'],
    ...tools.map(({ name, title, lifecycle, access, limits, egress, owner, annotations }) => [
      name, title, lifecycle.stage, access.role, access.scope, `${limits.timeoutMs} ms`, egress.map(describeEgressHost).join(', ') || 'none', owner, annotationWords(annotations),
    ]),
  ]);
}

/** The catalogue as JSON: each declaration without its code, its schemas as JSON Schema under the names of MCP. */
export function toolListJson(tools: readonly Tool[]): unknown {
  return tools.map(({ input, output, handler: _handler, ...declared }) => ({
    ...declared,
    inputSchema: z.toJSONSchema(input, { io: 'input' }),
    outputSchema: z.toJSONSchema(output, { io: 'output' }),
  }));
}

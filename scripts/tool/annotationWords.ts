import type { ToolAnnotations } from '../../app/tools/index.ts';

/** What the annotations claim, in words. Source: Model Context Protocol 2026-07-28, schema, ToolAnnotations. */
export function annotationWords({ readOnlyHint, destructiveHint, idempotentHint, openWorldHint }: ToolAnnotations): string {
  return [
    readOnlyHint ? 'read-only' : destructiveHint ? 'destructive' : 'additive',
    ...(idempotentHint ? ['idempotent'] : []),
    openWorldHint ? 'open world' : 'closed world',
  ].join(', ');
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The queries of this folder, one a file. All but `unhealthy-instances`, which reads a table of the workspace, are asked of Application Insights. */
export const QUERIES = [
  'audit-failures', 'denied-calls', 'latency', 'principals', 'server-errors', 'slots', 'spread', 'tools', 'uneven-spread', 'unhealthy-instances',
] as const;

export type QueryName = (typeof QUERIES)[number];

/** The text of a query, as it stands in its file: workbook, alerts and people ask the same question. */
export function readQuery(name: QueryName): string {
  return readFileSync(join(import.meta.dirname, `${name}.kql`), 'utf8').trimEnd();
}

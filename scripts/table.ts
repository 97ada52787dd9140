/**
 * Lines of a plain table: columns as wide as their widest cell, two spaces between, no line longer than needed.
 * @param rows cells, row by row; the first row may be headings
 */
export function formatTable(rows: readonly (readonly string[])[], indent = ''): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, column) => { widths[column] = Math.max(widths[column] ?? 0, cell.length); });
  return rows.map((row) => (indent + row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')).trimEnd()).join('\n');
}

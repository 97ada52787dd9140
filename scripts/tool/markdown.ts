/** Text of an author as inline Markdown: nothing in it is markup, and it stays within its table cell. */
export function prose(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
    .replaceAll(/[\\`*<>[\]|~&]/g, '\\$&')
    .replaceAll(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, '\\_');
}

/** Text as inline code. A pipe would end the table cell even there, so that it is escaped. */
export function code(text: string): string {
  const inOneLine = text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|');
  const longestRun = Math.max(0, ...[...inOneLine.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longestRun + 1);
  // Spaces next to the fence are dropped by Markdown, and keep backticks and the fence apart.
  return longestRun === 0 ? `${fence}${inOneLine}${fence}` : `${fence} ${inOneLine} ${fence}`;
}

/** @param rows cells that are Markdown already; the first row is the head */
export function markdownTable([head = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

import { code, markdownTable, prose } from '../../tool/markdown.ts';
import { visible } from './visible.ts';

/** Source: api.github.com answers a longer body of a comment by "body is too long (maximum is 65536 characters)". */
export const MAX_CHARACTERS = 65_536;
/** Of each section, for its title and the line that says how much is left out. */
const RESERVE_PER_SECTION = 200;
const MAX_CELL_CHARACTERS = 400;

export interface MarkdownSection {
  readonly title: string;
  readonly head: readonly string[];
  /** Cells that are Markdown already. */
  readonly rows: readonly (readonly string[])[];
}

/**
 * Markdown that fits into a comment: what stands above, whole, then each section as a table of as many of its rows as there is room for, and how many are left out.
 * @param elsewhere where all of them are, as Markdown
 */
export function fitSections(above: readonly string[], sections: readonly MarkdownSection[], elsewhere: string): string {
  const filled = sections.filter(({ rows }) => rows.length > 0);
  const lines = [...above];
  let left = MAX_CHARACTERS - above.join('\n').length - filled.length * RESERVE_PER_SECTION;
  for (const { title, head, rows } of filled) {
    const fitting: string[] = [];
    for (const row of rows) {
      const line = `| ${row.join(' | ')} |`;
      if (line.length + 1 > left) break;
      left -= line.length + 1;
      fitting.push(line);
    }
    lines.push(`### ${title} (${rows.length})`, '');
    if (fitting.length > 0) lines.push(markdownTable([head]), ...fitting, '');
    if (fitting.length < rows.length) lines.push(`${rows.length - fitting.length} of ${rows.length} are left out here: see ${elsewhere}.`, '');
  }
  return lines.join('\n');
}

/** What others chose the name of: nothing in it is markup, or calls a person by `@`. */
export function nameCell(value: string): string {
  return code(clip(visible(value)));
}

/** A sentence; nothing in it is markup, or calls a person by `@`. */
export function textCell(value: string): string {
  return prose(clip(visible(value))).replaceAll('@', '@\u2060');
}

function clip(value: string): string {
  return value.length <= MAX_CELL_CHARACTERS ? value : `${value.slice(0, MAX_CELL_CHARACTERS).toWellFormed()}…`;
}

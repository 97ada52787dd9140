import { printable } from '../../audit/printable.ts';
import { formatTable } from '../../table.ts';
import { fitSections, nameCell, textCell } from '../render/markdownSections.ts';
import { diffSections } from './diffSections.ts';
import type { ReportDiff } from './reportDiff.ts';

const NOTHING = 'Nothing got worse.';

/** A difference for a terminal. */
export function formatDiff(diff: ReportDiff): string {
  const verdict = diff.worse.length === 0 ? NOTHING : `Got worse:\n${diff.worse.map((line) => `  ${printable(line)}`).join('\n')}`;
  const sections = diffSections(diff).map(({ title, head, rows }) => `${title} (${rows.length})\n${formatTable([head, ...rows].map((row) => row.map(printable)), '  ')}`);
  return `${[verdict, ...sections].join('\n\n')}\n`;
}

/** A difference for a comment on a pull request, cut where a comment ends. Resources and messages are others' words: nothing in them is markup. */
export function formatDiffMarkdown(diff: ReportDiff): string {
  const verdict = diff.worse.length === 0 ? [`## Policy: ${NOTHING}`, ''] : ['## Policy: got worse', ''];
  const sections = diffSections(diff).map(({ title, head, rows }) => ({ title, head, rows: rows.map((row) => row.map((cell, place) => cellOf(head[place] ?? '', cell))) }));
  return fitSections(verdict, [{ title: 'What got worse', head: ['what'], rows: diff.worse.map((line) => [textCell(line)]) }, ...sections], '`npm run policy -- diff`');
}

function cellOf(column: string, cell: string): string {
  if (cell === '') return '';
  return column === 'rule' || column === 'resource' || column === 'stack' ? nameCell(cell) : textCell(cell);
}

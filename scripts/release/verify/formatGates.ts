import { formatTable } from '../../table.ts';
import type { Gate } from '../gate.ts';

const COLUMNS = 100;

/** Gates as a table, and below it what a person needs to know of each, in lines that a terminal of 100 columns holds. */
export function formatVerifiedGates(gates: readonly Gate[]): string {
  const table = formatTable([['Gate', '', 'Measured', 'Limit'], ...gates.map(({ name, pass, measured, limit }) => [name, pass ? 'passes' : 'STOPS', String(measured), String(limit)])]);
  const details = gates.filter((gate) => gate.details.length > 0).map(({ name, details: lines }) => `${name}\n${lines.map((line) => wrap(line, '  ')).join('\n')}`);
  return [table, ...details].join('\n\n');
}

/** Breaks a line between words; what follows is indented further. */
function wrap(line: string, indent: string): string {
  const lines: string[] = [];
  let current = indent;
  for (const word of line.split(' ')) {
    if (current.length + word.length + 1 > COLUMNS && current.trim() !== '') {
      lines.push(current);
      current = `${indent}  `;
    }
    current += current.trim() === '' ? word : ` ${word}`;
  }
  return [...lines, current].join('\n');
}

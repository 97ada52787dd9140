import type { Cell } from './telemetry.ts';

export function textOf(cell: Cell | undefined): string {
  if (cell === null || cell === undefined) return '';
  return typeof cell === 'object' ? JSON.stringify(cell) : String(cell);
}

/** Numbers by size, everything else by its text; times are texts that order by themselves. */
export function compare(one: Cell | undefined, other: Cell | undefined): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  const [first, second] = [textOf(one), textOf(other)];
  return first < second ? -1 : first > second ? 1 : 0;
}

/** Whether a text has a term: it is bounded by characters that are neither letters nor digits. */
export function hasTerm(text: string, term: string): boolean {
  const isWordCharacter = (character: string): boolean => /[\p{L}\p{N}]/u.test(character);
  for (let at = text.indexOf(term); at >= 0; at = text.indexOf(term, at + 1)) {
    if (!isWordCharacter(text.charAt(at - 1)) && !isWordCharacter(text.charAt(at + term.length))) return true;
  }
  return false;
}

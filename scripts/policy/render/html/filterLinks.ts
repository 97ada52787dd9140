import type { Grade } from '../reportView.ts';

/** A filter of the results as the script of the page reads it from the URL, behind "#". */
export function filterOf(values: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined).map(([name, value]) => `${name}=${value.split(',').map(encodeURIComponent).join(',')}`).join('&');
}

export function filterOfGrade(grade: Grade): Readonly<Record<string, string>> {
  switch (grade) {
    case 'failed': return { outcome: 'failed', level: 'mandatory,remediate' };
    case 'advisory': return { outcome: 'failed', level: 'advisory' };
    case 'not-judged': case 'exempt': case 'passed': return { outcome: grade };
  }
}

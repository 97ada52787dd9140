import { canonicalJson } from '../../audit/snapshots/canonicalJson.ts';
import type { Report } from '../report.ts';

/** The report itself, its members in the order of their names: two reports of the same value are the same bytes, and two others differ where they differ. */
export function renderJson(report: Report): string {
  return `${JSON.stringify(JSON.parse(canonicalJson(report)), null, 2)}\n`;
}

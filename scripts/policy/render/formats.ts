import { canonicalJson } from '../../audit/snapshots/canonicalJson.ts';
import { reportSchema, type Report } from '../report.ts';
import { renderPage } from './html/page.ts';
import { renderJson } from './json.ts';
import { renderJunit } from './junit.ts';
import { renderMarkdown } from './markdown.ts';
import { viewReport } from './reportView.ts';
import { renderSarif } from './sarif.ts';

/**
 * The report in each of its formats, by file name. Depends on the report alone: the same report gives the same bytes.
 * @throws ZodError when the value is no report
 * @throws Error when a result names a rule that the report does not have
 */
export function renderFormats(report: Report): Readonly<Record<string, string>> {
  // Members in one order, whichever they came in: each format walks over some of them.
  const ordered = reportSchema.parse(JSON.parse(canonicalJson(report)));
  const view = viewReport(ordered);
  return {
    'policy-report.html': renderPage(view),
    'policy-report.sarif': renderSarif(view),
    'policy-report.junit.xml': renderJunit(view),
    'policy-report.json': renderJson(ordered),
    'policy-report.md': renderMarkdown(view),
  };
}

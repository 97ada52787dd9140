import type { Report } from '../report.ts';
import { renderPage } from './html/page.ts';
import { renderJson } from './json.ts';
import { renderJunit } from './junit.ts';
import { renderMarkdown } from './markdown.ts';
import { viewReport } from './reportView.ts';
import { renderSarif } from './sarif.ts';

/**
 * The report in each of its formats, by file name. Depends on the report alone: the same report gives the same bytes.
 * @throws Error when a result names a rule that the report does not have
 */
export function renderFormats(report: Report): Readonly<Record<string, string>> {
  const view = viewReport(report);
  return {
    'policy-report.html': renderPage(view),
    'policy-report.sarif': renderSarif(view),
    'policy-report.junit.xml': renderJunit(view),
    'policy-report.json': renderJson(report),
    'policy-report.md': renderMarkdown(view),
  };
}

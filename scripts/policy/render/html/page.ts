import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ReportView } from '../reportView.ts';
import { overallVerdict } from '../verdict.ts';
import { evidenceOf, exemptionsOf, resourcesOf, unmanagedOf } from './lists.ts';
import { html, trusted } from './markup.ts';
import { matrixOf } from './matrix.ts';
import { resultsOf } from './results.ts';
import { summaryOf } from './summary.ts';
import { alertsOf, headOf, verdictsOf } from './verdicts.ts';

const style = readFileSync(new URL('./page.css', import.meta.url), 'utf8');
const script = readFileSync(new URL('./page.js', import.meta.url), 'utf8');

/** Nothing is loaded, sent or run but the one style and the one script that stand in the page. Source: W3C, "Content Security Policy Level 3". */
const CONTENT_SECURITY_POLICY = `default-src 'none'; style-src '${hashOf(style)}'; script-src '${hashOf(script)}'; base-uri 'none'; form-action 'none'`;

const SECTIONS = [['verdicts', 'Verdicts'], ['summary', 'Summary'], ['results', 'Results'], ['controls', 'Controls'], ['exemptions', 'Exemptions'], ['unmanaged', 'Unmanaged'], ['evidence', 'Evidence'], ['resources', 'Resources']] as const;

/** The report as one page that needs nothing beside itself, and says the same without its script. */
export function renderPage(view: ReportView): string {
  const { report } = view;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${CONTENT_SECURITY_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>Policy report: ${overallVerdict(view).words}, ${report.generatedAt.slice(0, 10)}</title>
<style>${trusted(style)}</style>
</head>
<body>
<a class="skip" href="#results">Skip to the results</a>
${headOf(view)}
<nav aria-label="Sections"><ul>${SECTIONS.map(([id, title]) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
<main>
${alertsOf(report)}
${verdictsOf(view)}
${summaryOf(view)}
${resultsOf(view)}
${matrixOf(view)}
${exemptionsOf(report)}
${unmanagedOf(report)}
${evidenceOf(report)}
${resourcesOf(view)}
</main>
<script>${trusted(script)}</script>
</body>
</html>
`.markup;
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

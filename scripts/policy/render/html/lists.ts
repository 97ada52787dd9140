import type { Report, ReportExemption, Subject } from '../../report.ts';
import { countGrades, GRADES, subjectName, type ReportView } from '../reportView.ts';
import { html, type Markup } from './markup.ts';
import { anchorOf, mark, pageUrl, sign } from './marks.ts';

const DAY_MS = 86_400_000;

/** What is let pass, by whom, until when. */
export function exemptionsOf({ exemptions, generatedAt, rules }: Report): Markup {
  const known = new Set(rules.map(({ id }) => id));
  return html`<section id="exemptions" aria-labelledby="exemptions-title"><h2 id="exemptions-title">Exemptions</h2>
${exemptions.length === 0 ? html`<p>None.</p>` : html`<div class="scroll"><table class="exemptions"><caption class="hidden">Exemptions with owner, ticket, expiry and state</caption>
<thead><tr><th scope="col">State</th><th scope="col">Stack</th><th scope="col">Rule</th><th scope="col">Resource</th><th scope="col">Reason</th><th scope="col">Owner</th><th scope="col">Ticket</th><th scope="col">Expires</th></tr></thead>
<tbody>${exemptions.map((one) => html`<tr><td>${stateOf(one)}</td><td>${one.stack}</td><td>${known.has(one.rule) ? html`<a href="#${anchorOf(one.rule)}">${one.rule}</a>` : one.rule}</td><td><code>${one.resource}</code></td><td>${one.reason}</td><td>${one.owner}</td><td>${ticketOf(one.ticket)}</td><td><time datetime="${one.expires}">${one.expires}</time><span class="quiet">${daysLeft(one.expires, generatedAt)}</span></td></tr>
`)}</tbody></table></div>`}</section>`;
}

function stateOf({ state }: ReportExemption): Markup {
  switch (state) {
    case 'in-use': return mark('exempt', 'In use');
    case 'unused': return mark('advisory', 'Unused');
    case 'expired': return mark('failed', 'Expired');
  }
}

function ticketOf(ticket: string): Markup {
  const href = pageUrl(ticket);
  return href === undefined ? html`${ticket}` : html`<a href="${href}" rel="noreferrer noopener">${ticket}</a>`;
}

/** An exemption holds through its last day, in UTC. */
function daysLeft(expires: string, generatedAt: string): string {
  const days = Math.round((Date.parse(`${expires}T00:00:00Z`) - Date.parse(`${generatedAt.slice(0, 10)}T00:00:00Z`)) / DAY_MS);
  return days < 0 ? `${-days} days ago` : days === 0 ? 'the last day' : `${days} days left`;
}

/** What Azure has in the stack's groups and the stack does not know, and what the stack knows and Azure does not have: nobody judged either. */
export function unmanagedOf({ subjects }: Report): Markup {
  const own = subjects.filter(({ kind, unmanaged, missing }) => kind === 'live' || unmanaged.length + missing.length > 0);
  return html`<section id="unmanaged" aria-labelledby="unmanaged-title"><h2 id="unmanaged-title">Unmanaged and missing resources</h2>
<p class="quiet">They stand in the groups of a stack, and the stack does not know them; or they are of the stack, and Azure does not have them. They were not judged.</p>
${own.length === 0 ? html`<p>${mark('not-judged')} No live resources were read: whether there are any is not known.</p>` : own.map((subject) => html`<h3>${subjectName(subject)}</h3>${unmanagedList(subject)}`)}</section>`;
}

function unmanagedList({ status, unmanaged, missing }: Subject): Markup {
  const entries = [...unmanaged.map((id) => html`<li>${sign('not-judged')} <code>${id}</code></li>`), ...missing.map((urn) => html`<li>${sign('not-judged')} Missing: <code>${urn}</code></li>`)];
  if (entries.length > 0) return html`<ul class="ids">${entries}</ul>`;
  return status === 'unjudged' ? html`<p>${mark('not-judged')} It was not read: whether there are any is not known.</p>` : html`<p>None.</p>`;
}

/** The files that the report rests on, with what proves that they are the same still. */
export function evidenceOf({ subjects }: Report): Markup {
  const rows = subjects.flatMap((subject) => subject.evidence.map((evidence) => ({ subject, evidence })));
  return html`<section id="evidence" aria-labelledby="evidence-title"><h2 id="evidence-title">Evidence</h2>
<p class="quiet">Check a file with <code>sha256sum</code>; it stands beside this report.</p>
${rows.length === 0 ? html`<p>None.</p>` : html`<div class="scroll"><table class="evidence"><caption class="hidden">Evidence files with their digests</caption>
<thead><tr><th scope="col">Subject</th><th scope="col">Kind</th><th scope="col">File</th><th scope="col">SHA-256</th><th scope="col" class="number">Bytes</th></tr></thead>
<tbody>${rows.map(({ subject, evidence: { kind, file, sha256, bytes } }) => html`<tr><td>${subjectName(subject)}</td><td>${kind}</td><td><a href="${fileHref(file)}">${file}</a></td><td><code>${sha256}</code></td><td class="number">${String(bytes).replace(/\B(?=(\d{3})+$)/g, ',')}</td></tr>
`)}</tbody></table></div>`}</section>`;
}

/** Always a file below the folder of the page, whatever its name looks like. */
function fileHref(file: string): string {
  return `./${file.split('/').map((part) => encodeURIComponent(part.toWellFormed())).join('/')}`;
}

/** All resources that were judged, with what names them exactly. */
export function resourcesOf(view: ReportView): Markup {
  return html`<section id="resources" aria-labelledby="resources-title"><h2 id="resources-title">Resources</h2>
${view.report.subjects.map((subject) => {
  const byUrn = Map.groupBy(view.of(subject), ({ result }) => result.resource);
  return html`<details class="inventory"><summary><span>${subjectName(subject)}</span> <span class="quiet">${subject.resources.length} resources</span></summary><div class="scroll"><table><caption class="hidden">Resources of ${subjectName(subject)}</caption>
<thead><tr><th scope="col">Name</th><th scope="col">Type</th><th scope="col">URN and Azure id</th><th scope="col">Results</th></tr></thead>
<tbody>${subject.resources.map(({ urn, type, name, id }) => {
    const counts = countGrades(byUrn.get(urn) ?? []);
    return html`<tr><td>${name}</td><td>${type}</td><td><code>${urn}</code>${id === undefined ? undefined : html` <code class="quiet">${id}</code>`}</td><td>${byUrn.has(urn) ? GRADES.filter((grade) => counts[grade] > 0).map((grade) => html`<span class="result ${grade}">${sign(grade)} ${counts[grade]}</span> `) : html`<span class="none">no rule concerned it</span>`}</td></tr>
`;
  })}</tbody></table></div></details>`;
})}</section>`;
}

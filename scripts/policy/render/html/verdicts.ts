import type { Report, Subject } from '../../report.ts';
import { SUBJECT_KINDS } from '../../report.ts';
import { countGrades, GRADES, KIND_WORDS, SHORT_WORDS, type ReportView } from '../reportView.ts';
import { overallVerdict, reportWarnings, verdictOn } from '../verdict.ts';
import { filterOf, filterOfGrade } from './filterLinks.ts';
import { html, type Markup } from './markup.ts';
import { sign, time, VERDICT_LOOKS } from './marks.ts';

const KIND_EXPLAINED = { preview: 'what an update would make', deployed: 'what the last update left', live: 'what Azure answers now' } as const;

/** The head of the page: what the report says in one line, what it was made from, and what must not be missed. */
export function headOf(view: ReportView): Markup {
  const { report } = view;
  const { commit, pack } = report;
  const { kind, words, detail } = overallVerdict(view);
  return html`<header class="head">
<p class="kind">Policy report</p>
<h1 class="${VERDICT_LOOKS[kind]}">${sign(VERDICT_LOOKS[kind])}${words}</h1>
<p class="lead">${detail}</p>
<dl class="facts">
<div><dt>Commit</dt><dd>${commit ? html`<code>${commit.id}</code> ${commit.isDirty ? html`<strong class="mark failed">${sign('failed')}with uncommitted changes</strong>` : html`<span class="quiet">clean</span>`}` : 'outside of a repository'}</dd></div>
<div><dt>Policy pack</dt><dd>${pack.name} ${pack.version}</dd></div>
<div><dt>Digest of the pack</dt><dd><code>${pack.sha256}</code></dd></div>
<div><dt>Made</dt><dd>${time(report.generatedAt)}</dd></div>
</dl>
</header>`;
}

/** Updates without the pack, subjects that were not judged: above everything else. */
export function alertsOf(report: Report): Markup | undefined {
  const warnings = reportWarnings(report);
  if (warnings.length === 0) return undefined;
  return html`<section class="alerts" role="alert" aria-labelledby="alerts-title"><h2 id="alerts-title">Look at this first</h2><ul>${warnings.map((warning) => html`<li><strong>${warning.about}:</strong> ${warning.text}</li>`)}</ul></section>`;
}

/** A row of cards a stack: what would be, what was left, what is. A subject that the report does not have is said to be missing. */
export function verdictsOf(view: ReportView): Markup {
  const stacks = Map.groupBy(view.report.subjects, ({ stack }) => stack);
  return html`<section id="verdicts" aria-labelledby="verdicts-title"><h2 id="verdicts-title">Verdicts</h2>${[...stacks].map(([stack, subjects]) => html`
<h3>Stack ${stack}</h3><div class="cards">${SUBJECT_KINDS.flatMap((kind) => {
  const own = subjects.filter((subject) => subject.kind === kind);
  return own.length === 0 ? [html`<div class="card missing"><h4>${KIND_WORDS[kind]}</h4><p class="verdict">Not in this report</p></div>`] : own.map((subject) => cardOf(view, subject));
})}</div>`)}</section>`;
}

function cardOf(view: ReportView, subject: Subject): Markup {
  const { stack, kind, packages, lastUpdate } = subject;
  const counts = countGrades(view.of(subject));
  const verdict = verdictOn(subject, counts);
  const look = VERDICT_LOOKS[verdict.kind];
  const disabled = view.report.rules.filter(({ levels }) => levels[stack] === 'disabled').length;
  const digests = Object.entries(packages).sort(([left], [right]) => (left < right ? -1 : 1)).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return html`<article class="card ${look}${verdict.kind === 'unjudged' ? ' unjudged' : ''}">
<h4>${KIND_WORDS[kind]} <span class="quiet">${KIND_EXPLAINED[kind]}</span></h4>
<p class="verdict">${sign(look)}${verdict.words}</p>
${subject.status === 'unjudged' || view.of(subject).length === 0 ? html`<p>${verdict.detail}</p>` : html`<ul class="tally">${GRADES.filter((grade) => counts[grade] > 0).map((grade) => html`<li class="${grade}"><a href="#${filterOf({ stack, subject: kind, ...filterOfGrade(grade) })}"><b>${counts[grade]}</b> ${SHORT_WORDS[grade]}</a></li>`)}${subject.missing.length === 0 ? undefined : html`<li class="not-judged"><a href="#unmanaged"><b>${subject.missing.length}</b> missing in Azure</a></li>`}${disabled === 0 ? undefined : html`<li class="quiet">${sign('disabled')} ${disabled} ${disabled === 1 ? 'rule' : 'rules'} disabled</li>`}</ul>`}
<dl>
<div><dt>Judged</dt><dd>${time(subject.judgedAt)}${subject.packVersion === undefined ? '' : html`, pack ${subject.packVersion}`}, ${subject.resources.length} resources</dd></div>
${digests.map(([slot, digest]) => html`<div><dt>Package, ${slot}</dt><dd><code>${digest}</code></dd></div>`)}
${lastUpdate === undefined ? undefined : html`<div><dt>Last update</dt><dd>${lastUpdate.at === undefined ? 'time not known' : time(lastUpdate.at)}: ${lastUpdateWords(lastUpdate)}</dd></div>`}
</dl>
</article>`;
}

function lastUpdateWords({ verdict, packVersion }: NonNullable<Subject['lastUpdate']>): Markup {
  const pack = packVersion === undefined ? '' : `, pack ${packVersion}`;
  switch (verdict) {
    case 'passed': return html`passed${pack}`;
    case 'failed': return html`<strong>failed${pack}</strong>`;
    case 'unjudged': return html`<strong>ran without the pack</strong>`;
    case 'unknown': return html`<strong>not known whether the pack ran</strong>`;
  }
}

import type { Report, ReportRule } from '../../report.ts';
import { countGrades, GRADES, gravestOf, KIND_WORDS, OUTCOMES_IN_ORDER, OUTCOME_WORDS, SHORT_WORDS, type ReportView, type ResultView } from '../reportView.ts';
import { html, type Markup } from './markup.ts';
import { anchorOf, mark, pageUrl, sign } from './marks.ts';

const SEVERITIES = ['critical', 'high', 'medium', 'low'] as const;
const LEVELS = ['mandatory', 'remediate', 'advisory'] as const;

/**
 * Every result, by rule: what was found in a table, what passed folded below it. The script of the page hides rows, and nothing else: without it all of them are there.
 */
export function resultsOf(view: ReportView): Markup {
  const { rules } = view.report;
  return html`<section id="results" aria-labelledby="results-title"><h2 id="results-title">Results by rule</h2>
${filterForm(view.report)}
<p id="count" class="count" role="status">${view.results.length} results of ${rules.length} rules</p>
<p class="print-only quiet">What passed is counted here, and listed in the page and in policy-report.json.</p>
<div class="rules">${gravestFirst(view).map((rule) => ruleOf(view, rule))}</div>
<p id="nothing" class="nothing" hidden>No result matches these filters.</p></section>`;
}

/** Rules in the order of the report, those first whose findings are gravest. */
function gravestFirst(view: ReportView): readonly ReportRule[] {
  const byGrade = Map.groupBy(view.report.rules, (rule) => gravestOf(countGrades(view.ofRule(rule))));
  return [...GRADES, undefined].flatMap((grade) => byGrade.get(grade) ?? []);
}

function filterForm({ subjects, rules }: Report): Markup {
  const facet = (name: string, title: string, values: readonly (readonly [string, string])[]): Markup => html`<fieldset><legend>${title}</legend><div class="chips">${values.map(([value, words]) => html`<label><input type="checkbox" name="${name}" value="${value}"><span>${words}</span></label>`)}</div></fieldset>`;
  const same = (values: readonly string[]): readonly (readonly [string, string])[] => [...new Set(values)].map((value) => [value, value]);
  return html`<form id="filters" class="filters" aria-label="Filters of the results" hidden>
<div class="search"><label for="q">Search</label><input id="q" name="q" type="search" autocomplete="off" spellcheck="false" placeholder="Rule, resource, URN, control, message"></div>
${facet('stack', 'Stack', same(subjects.map(({ stack }) => stack)))}
${facet('subject', 'Subject', [...new Set(subjects.map(({ kind }) => kind))].map((kind) => [kind, KIND_WORDS[kind]]))}
${facet('outcome', 'Outcome', OUTCOMES_IN_ORDER.map((outcome) => [outcome, OUTCOME_WORDS[outcome]]))}
${facet('level', 'Level', LEVELS.map((level) => [level, level]))}
${facet('severity', 'Severity', SEVERITIES.map((severity) => [severity, severity]))}
${facet('group', 'Group', same(rules.map(({ group }) => group)))}
<div class="actions"><button type="reset">Clear filters</button><button type="button" id="unfold">Unfold all</button><button type="button" id="fold">Fold all</button></div>
</form>`;
}

function ruleOf(view: ReportView, rule: ReportRule): Markup {
  const results = view.ofRule(rule);
  const counts = countGrades(results);
  const gravest = gravestOf(counts);
  const findings = results.filter(({ grade }) => grade !== 'passed');
  const passed = results.filter(({ grade }) => grade === 'passed');
  const disabled = Object.entries(rule.levels).filter(([, level]) => level === 'disabled').map(([stack]) => stack);
  // Which columns the stacks need is the same for all: a level is told by stack when they differ.
  const levels = [...new Set(Object.values(rule.levels))];
  return html`<details class="rule" id="${anchorOf(rule.id)}" data-group="${rule.group}" data-severity="${rule.severity}"${gravest === 'failed' ? html` open` : undefined}>
<summary><span class="edge ${gravest ?? 'none'}"></span><span class="what"><span class="title">${rule.title}</span> <code>${rule.id}</code></span>
<span class="meta"><span>${rule.group}</span><span class="severity ${rule.severity}">${rule.severity}</span><span>${levels.join(' / ')}</span></span>
<span class="tally">${results.length === 0 ? html`<span class="none">${disabled.length > 0 ? html`${sign('disabled')} disabled` : html`${sign('none')} concerned no resource`}</span>` : GRADES.filter((grade) => counts[grade] > 0).map((grade) => html`<span class="${grade}" data-grade="${grade}">${sign(grade)}<b>${counts[grade]}</b> <span class="word">${SHORT_WORDS[grade]}</span></span>`)}</span></summary>
<div class="body"><p class="description">${rule.description}</p>
<dl class="facts"><div><dt>To do</dt><dd>${rule.remediation}</dd></div>
<div><dt>Controls</dt><dd>${controlsOf(rule)}</dd></div>
<div><dt>Level</dt><dd>${Object.entries(rule.levels).map(([stack, level]) => `${stack} ${level}`).join(', ')}</dd></div>
<div><dt>Documentation</dt><dd>${linkTo(rule.url)}</dd></div></dl>
${disabled.length > 0 ? html`<p class="disabled">${sign('disabled')} Disabled in ${disabled.join(', ')}: nothing was judged there.</p>` : undefined}
${findings.length > 0 ? findingsTable(rule, findings) : undefined}
${passed.length > 0 ? passedTable(rule, passed) : undefined}</div></details>`;
}

function findingsTable({ title }: ReportRule, findings: readonly ResultView[]): Markup {
  return html`<div class="scroll"><table class="findings"><caption class="hidden">${title}: what did not pass</caption>
<thead><tr><th scope="col">Outcome</th><th scope="col">Resource</th><th scope="col">What is wrong, and what to do</th></tr></thead>
${[...Map.groupBy(findings, ({ subject }) => subject)].map(([subject, own]) => html`<tbody data-stack="${subject.stack}" data-subject="${subject.kind}"><tr class="subject"><th colspan="3" scope="rowgroup">${subject.stack} <span>${KIND_WORDS[subject.kind].toLowerCase()}</span></th></tr>
${inOrder(own).map(findingRow)}</tbody>`)}</table></div>`;
}

function findingRow({ result, grade, name, type, exemption, rule }: ResultView): Markup {
  return html`<tr data-outcome="${result.outcome}" data-level="${result.level}"><td>${mark(grade, OUTCOME_WORDS[result.outcome])}<span class="level">${result.level}</span></td><td><span class="name">${name}</span> <span class="type">${type}</span><code class="urn">${result.resource}</code></td><td class="message">${result.message ?? rule.description}${exemption === undefined ? undefined : html`<span class="exemption">Let pass because: ${exemption.reason}. Owner ${exemption.owner}, ticket ${exemption.ticket}, until ${exemption.expires}.</span>`}</td></tr>
`;
}

/** What passed is short: URNs stand once in the list of resources. Hundreds of resources have thousands of these rows. */
function passedTable({ title }: ReportRule, passed: readonly ResultView[]): Markup {
  return html`<details class="passed" data-outcome="passed"><summary>${sign('passed')} <span><b>${passed.length}</b> passed</span></summary><div class="scroll"><table><caption class="hidden">${title}: what passed</caption>
<thead><tr><th scope="col">Resource</th><th scope="col">Type</th></tr></thead>
${[...Map.groupBy(passed, ({ subject, result }) => `${subject.stack}\n${subject.kind}\n${result.level}`).values()].map((own) => passedRows(own))}</table></div></details>`;
}

function passedRows(own: readonly ResultView[]): Markup | undefined {
  const [first] = own;
  if (!first) return undefined;
  const { subject, result } = first;
  return html`<tbody data-stack="${subject.stack}" data-subject="${subject.kind}" data-level="${result.level}"><tr class="subject"><th colspan="2" scope="rowgroup">${subject.stack} <span>${KIND_WORDS[subject.kind].toLowerCase()}</span></th></tr>${own.map(({ name, type }) => html`<tr><td>${name}</td><td>${type}</td></tr>`)}</tbody>
`;
}

function inOrder(results: readonly ResultView[]): readonly ResultView[] {
  return GRADES.flatMap((grade) => results.filter((one) => one.grade === grade));
}

function controlsOf({ controls: { mcsb, cis, azurePolicy, other } }: ReportRule): Markup {
  const list = [
    ...(mcsb.length > 0 ? [html`MCSB ${mcsb.join(', ')}`] : []),
    ...(cis.length > 0 ? [html`CIS ${cis.join(', ')}`] : []),
    ...azurePolicy.map(({ what, id }) => html`Azure Policy, ${what} <code>${id}</code>`),
    ...(other === undefined ? [] : [html`${other}`]),
  ];
  return html`${list.length === 0 ? 'none' : list.map((one, place) => html`${place === 0 ? '' : ' · '}${one}`)}`;
}

function linkTo(url: string): Markup {
  const href = pageUrl(url);
  return href === undefined ? html`${url}` : html`<a href="${href}" rel="noreferrer noopener">${url}</a>`;
}

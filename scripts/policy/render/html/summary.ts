import { countGrades, GRADES, GRADE_WORDS, type Grade, type ReportView } from '../reportView.ts';
import { filterOf, filterOfGrade } from './filterLinks.ts';
import { html, type Markup } from './markup.ts';
import { sign } from './marks.ts';

/** How many results of each group of rules came out how, over all subjects. */
export function summaryOf(view: ReportView): Markup {
  const { rules } = view.report;
  const groups = [...new Set(rules.map(({ group }) => group))];
  const rows = groups.map((group) => ({ group, rules: rules.filter((rule) => rule.group === group).length, counts: countGrades(view.results.filter((one) => one.rule.group === group)) }));
  const all = countGrades(view.results);
  return html`<section id="summary" aria-labelledby="summary-title"><h2 id="summary-title">Summary</h2>
<div class="scroll"><table class="summary"><caption class="hidden">Results of each group of rules by outcome, over all stacks and subjects</caption>
<thead><tr><th scope="col">Group</th><th scope="col" class="number">Rules</th>${GRADES.map((grade) => html`<th scope="col" class="number">${sign(grade)} ${GRADE_WORDS[grade]}</th>`)}</tr></thead>
<tbody>${rows.map(({ group, rules: count, counts }) => html`<tr><th scope="row"><a href="#${filterOf({ group })}">${group}</a></th><td class="number">${count}</td>${GRADES.map((grade) => cell(counts[grade], grade, group))}</tr>`)}</tbody>
<tfoot><tr><th scope="row">All</th><td class="number">${rules.length}</td>${GRADES.map((grade) => cell(all[grade], grade))}</tr></tfoot></table></div></section>`;
}

function cell(count: number, grade: Grade, group?: string): Markup {
  if (count === 0) return html`<td class="number zero">0</td>`;
  return html`<td class="number ${grade}"><a href="#${filterOf({ group, ...filterOfGrade(grade) })}">${count}</a></td>`;
}

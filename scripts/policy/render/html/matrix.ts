import { controlMatrices, type Matrix, type MatrixCell, type MatrixRow } from '../controlMatrix.ts';
import { GRADES, KIND_WORDS, SHORT_WORDS, type ReportView } from '../reportView.ts';
import { html, type Markup } from './markup.ts';
import { anchorOf, sign } from './marks.ts';

/** What the rules behind each control made of each subject. */
export function matrixOf(view: ReportView): Markup {
  return html`<section id="controls" aria-labelledby="controls-title"><h2 id="controls-title">Controls</h2>
<p class="quiet">A cell is the gravest outcome of the rules that stand behind a control, with what else did not pass. It says what these rules saw, not that the control is met as a whole. “No resource”: the rules concerned none.</p>
${controlMatrices(view).map((matrix) => tableOf(view, matrix))}</section>`;
}

function tableOf({ report: { subjects } }: ReportView, { framework, rows }: Matrix): Markup {
  const stacks = [...Map.groupBy(subjects, ({ stack }) => stack)];
  const places = stacks.flatMap(([, own]) => own.map((subject) => subjects.indexOf(subject)));
  return html`<h3>${framework}</h3><div class="scroll"><table class="matrix"><caption class="hidden">${framework}: outcome by control and subject</caption>
<thead><tr><th scope="col" rowspan="2">Control</th><th scope="col" rowspan="2">Rules behind it</th>${stacks.map(([stack, own]) => html`<th scope="colgroup" colspan="${own.length}">${stack}</th>`)}</tr>
<tr>${places.map((place) => html`<th scope="col">${KIND_WORDS[subjects[place]?.kind ?? 'preview']}</th>`)}</tr></thead>
<tbody>${rows.map((row) => rowOf(row, places))}</tbody></table></div>`;
}

function rowOf({ control, what, rules, cells }: MatrixRow, places: readonly number[]): Markup {
  return html`<tr><th scope="row"><span class="control">${control}</span>${what === '' ? undefined : html`<span class="quiet">${what}</span>`}</th><td class="behind">${rules.map(({ id }, place) => html`${place === 0 ? '' : ', '}<a href="#${anchorOf(id)}">${id}</a>`)}</td>${places.map((place) => cellOf(cells[place]))}</tr>
`;
}

function cellOf(cell: MatrixCell | undefined): Markup {
  if (!cell) return html`<td></td>`;
  const { state, counts, disabledRules } = cell;
  const off = disabledRules.length === 0 ? undefined : html`<span class="quiet">without ${disabledRules.join(', ')}: disabled</span>`;
  switch (state) {
    case 'unjudged': return html`<td class="not-judged unjudged"><span>${sign('not-judged')} Not judged</span></td>`;
    case 'disabled': return html`<td class="disabled"><span>${sign('disabled')} Disabled</span></td>`;
    case 'none': return html`<td class="none"><span>${sign('none')} No resource</span>${off}</td>`;
    default: return html`<td class="${state}">${GRADES.filter((grade) => counts[grade] > 0 && (grade !== 'passed' || state === 'passed')).map((grade) => html`<span>${sign(grade)} ${counts[grade]} ${SHORT_WORDS[grade]}</span>`)}${off}</td>`;
  }
}

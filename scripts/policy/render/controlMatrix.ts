import type { Report, ReportRule, Subject } from '../report.ts';
import { countGrades, gravestOf, type Counts, type Grade, type ReportView } from './reportView.ts';

/** What became of a control in a subject: the gravest outcome of its rules; `none`: they concerned no resource, `disabled`: all of them are switched off, `unjudged`: the pack did not run. */
export interface MatrixCell {
  readonly state: Grade | 'none' | 'disabled' | 'unjudged';
  readonly counts: Counts;
  /** Rules of the control that are switched off in the stack while others are not. */
  readonly disabledRules: readonly string[];
}

export interface MatrixRow {
  readonly control: string;
  /** What the control says of itself, where the report knows. */
  readonly what: string;
  readonly rules: readonly ReportRule[];
  /** In the order of the report's subjects. */
  readonly cells: readonly MatrixCell[];
}

export interface Matrix {
  readonly framework: string;
  readonly rows: readonly MatrixRow[];
}

/** Each catalogue of controls, by control and subject. The last one holds the rules that stand in none of them. */
export function controlMatrices(view: ReportView): readonly Matrix[] {
  const { report } = view;
  const matrix = (framework: string, controlsOf: (rule: ReportRule) => readonly (readonly [control: string, what: string])[]): Matrix => ({ framework, rows: rowsOf(view, report, controlsOf) });
  return [
    matrix('Microsoft cloud security benchmark v1', ({ controls }) => controls.mcsb.map((id) => [id, ''])),
    matrix('CIS Microsoft Azure Foundations Benchmark 3.0.0', ({ controls }) => controls.cis.map((id) => [id, ''])),
    matrix('Azure Policy, built-in definitions', ({ controls }) => controls.azurePolicy.map(({ id, what }) => [id, what])),
    matrix('Other sources', ({ controls, id }) => (controls.other === undefined && controls.mcsb.length + controls.cis.length + controls.azurePolicy.length > 0 ? [] : [[controls.other ?? id, '']])),
  ].filter(({ rows }) => rows.length > 0);
}

function rowsOf(view: ReportView, report: Report, controlsOf: (rule: ReportRule) => readonly (readonly [control: string, what: string])[]): readonly MatrixRow[] {
  const byControl = new Map<string, { what: Set<string>; rules: Set<ReportRule> }>();
  for (const rule of report.rules) {
    for (const [control, what] of controlsOf(rule)) {
      const entry = byControl.get(control) ?? { what: new Set(), rules: new Set() };
      byControl.set(control, entry);
      if (what !== '') entry.what.add(what);
      entry.rules.add(rule);
    }
  }
  return [...byControl].sort(([left], [right]) => compareControls(left, right)).map(([control, { what, rules }]) => ({
    control, what: [...what].join(', '), rules: [...rules], cells: report.subjects.map((subject) => cellOf(view, subject, [...rules])),
  }));
}

function cellOf(view: ReportView, subject: Subject, rules: readonly ReportRule[]): MatrixCell {
  const counts = countGrades(view.of(subject).filter(({ rule }) => rules.includes(rule)));
  const off = rules.filter(({ levels }) => levels[subject.stack] === 'disabled').map(({ id }) => id);
  const state = subject.status === 'unjudged' ? 'unjudged' : gravestOf(counts) ?? (off.length === rules.length ? 'disabled' : 'none');
  return { state, counts, disabledRules: state === 'disabled' ? [] : off };
}

/** `DP-3` before `DP-10`, `9.2` before `9.10`; not by the language of the machine. */
function compareControls(left: string, right: string): number {
  const [one, other] = [left, right].map((control) => control.split(/(\d+)/));
  for (let place = 0; place < Math.max(one?.length ?? 0, other?.length ?? 0); place++) {
    const [a = '', b = ''] = [one?.[place], other?.[place]];
    if (a === b) continue;
    return /^\d+$/.test(a) && /^\d+$/.test(b) && Number(a) !== Number(b) ? Number(a) - Number(b) : a < b ? -1 : 1;
  }
  return 0;
}

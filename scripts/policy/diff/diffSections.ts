import { readUrn } from '../render/urn.ts';
import type { Change, ReportDiff, SubjectDiff } from './reportDiff.ts';
import type { ResultChange } from './resultChanges.ts';

/** A part of what is told about a difference, whether as text or as Markdown: a title, and rows under a head. */
export interface DiffSection {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const RESULTS = [
  ['newlyFailed', 'Newly failed'], ['newlyNotJudged', 'Newly not judged'], ['noLongerJudged', 'No longer judged'], ['newlyExempt', 'Newly exempt'], ['fixed', 'Fixed'],
] as const satisfies readonly (readonly [keyof SubjectDiff, string])[];

/** All that a difference has to tell, the gravest first. Parts with nothing in them are left out. */
export function diffSections(diff: ReportDiff): readonly DiffSection[] {
  const { subjects, rulesAdded, rulesRemoved, levels } = diff;
  return [
    ...RESULTS.map(([list, title]) => ({ title, head: ['stack', 'subject', 'rule', 'resource', 'before', 'after', 'what'], rows: subjects.flatMap((subject) => subject[list].map((change) => resultRow(subject, change))) })),
    { title: 'Subjects', head: ['stack', 'subject', 'what', 'before', 'after'], rows: subjects.flatMap(subjectRows) },
    { title: 'Rules and levels', head: ['rule', 'stack', 'before', 'after'], rows: [
      ...rulesRemoved.map((rule) => [rule, '', 'there', 'gone']), ...rulesAdded.map((rule) => [rule, '', 'not there', 'new']),
      ...levels.map(({ rule, stack, before = '', after = '' }) => [rule, stack, before, after]),
    ] },
    { title: 'Resources', head: ['stack', 'subject', 'what', 'resource'], rows: subjects.filter(({ presence }) => presence === 'both').flatMap((subject) => [
      ...subject.resourcesAdded.map((urn) => [subject.stack, subject.kind, 'new', resourceName(urn)]), ...subject.resourcesRemoved.map((urn) => [subject.stack, subject.kind, 'gone', resourceName(urn)]),
      ...subject.unmanagedAdded.map((id) => [subject.stack, subject.kind, 'not managed, new', id]), ...subject.unmanagedRemoved.map((id) => [subject.stack, subject.kind, 'not managed, gone', id]),
      ...subject.missingAdded.map((urn) => [subject.stack, subject.kind, 'missing in Azure', resourceName(urn)]), ...subject.missingRemoved.map((urn) => [subject.stack, subject.kind, 'missing no longer', resourceName(urn)]),
    ]) },
    { title: 'Made from', head: ['what', 'before', 'after'], rows: [
      ...rowOf('commit', diff.commit, ({ id, isDirty }) => `${id.slice(0, 12)}${isDirty ? ', with uncommitted changes' : ''}`),
      ...rowOf('policy pack', diff.pack, ({ name, version, sha256 }) => `${name} ${version}, ${sha256.slice(0, 12)}`),
      ['time', diff.generatedAt.before, diff.generatedAt.after],
    ] },
  ].filter(({ rows }) => rows.length > 0);
}

function resultRow({ stack, kind }: SubjectDiff, { rule, resource, before, after, level, messages }: ResultChange): readonly string[] {
  return [stack, kind, rule, resourceName(resource), before ?? 'none', after === 'failed' ? `failed, ${level}` : after ?? 'none', messages.join(' ')];
}

function subjectRows(diff: SubjectDiff): readonly (readonly string[])[] {
  const head = [diff.stack, diff.kind];
  return [
    ...(diff.presence === 'added' ? [[...head, 'the whole subject', 'not there', 'new']] : diff.presence === 'removed' ? [[...head, 'the whole subject', 'there', 'gone']] : []),
    ...rowOf('status', diff.status, String).map((row) => [...head, ...row]),
    ...rowOf('last update', diff.lastUpdate, String).map((row) => [...head, ...row]),
    ...rowOf('pack version', diff.packVersion, String).map((row) => [...head, ...row]),
    ...diff.packages.map(({ slot, before, after }) => [...head, `package, ${slot}`, before?.slice(0, 12) ?? 'none', after?.slice(0, 12) ?? 'none']),
  ];
}

function rowOf<T>(what: string, change: Change<T> | undefined, describe: (value: T) => string): readonly (readonly string[])[] {
  if (change === undefined) return [];
  const { before, after } = change;
  return [[what, before === undefined ? 'none' : describe(before), after === undefined ? 'none' : describe(after)]];
}

function resourceName(urn: string): string {
  const { type, name } = readUrn(urn);
  return type === '' ? name : `${type}::${name}`;
}

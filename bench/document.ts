/** What was measured, as `npm run bench --` takes it. */
export type Subject = 'app' | 'auth audit' | 'policy';

/**
 * Puts a section between its markers, in place of what stood there; at the end of the document when there are no markers yet.
 * All else is left as it is.
 * @throws Error when only one of the markers is there: what belongs to the section cannot be told then
 */
export function withSection(document: string, section: string, subject: Subject): string {
  const [opening, closing] = [markerOf(subject, 'begin'), markerOf(subject, 'end')];
  const block = `${opening}\n${section}\n${closing}`;
  const [begin, end] = [document.indexOf(opening), document.indexOf(closing)];
  if (begin === -1 && end === -1) return `${document.trimEnd()}\n\n${block}\n`;
  if (begin === -1 || end < begin) throw new Error(`The document has one of the markers "${opening}" and "${closing}" without the other, or in the wrong order. Put both where the section belongs, or remove them.`);
  return document.slice(0, begin) + block + document.slice(end + closing.length);
}

function markerOf(subject: Subject, side: 'begin' | 'end'): string {
  return `<!-- Written by npm run bench -- ${subject}: ${side} -->`;
}

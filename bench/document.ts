const BEGIN = '<!-- Written by npm run bench -- app: begin -->';
const END = '<!-- Written by npm run bench -- app: end -->';

/**
 * Puts a section between its markers, in place of what stood there; at the end of the document when there are no markers yet.
 * All else is left as it is.
 * @throws Error when only one of the markers is there: what belongs to the section cannot be told then
 */
export function withSection(document: string, section: string): string {
  const block = `${BEGIN}\n${section}\n${END}`;
  const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (begin === -1 && end === -1) return `${document.trimEnd()}\n\n${block}\n`;
  if (begin === -1 || end < begin) throw new Error(`The document has one of the markers "${BEGIN}" and "${END}" without the other, or in the wrong order. Put both where the section belongs, or remove them.`);
  return document.slice(0, begin) + block + document.slice(end + END.length);
}

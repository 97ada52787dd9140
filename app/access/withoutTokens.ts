/** How `{"` begins in base64url, and with it every JWT of Entra. */
const BEGINNING = 'eyJ';
/** Words of base64url joined by dots. It matches wherever it is tried, so that a long text is read once. */
const JOINED_WORDS = /[\w-]+(?:\.[\w-]+)*\.?/y;
/** Shorter than the header of any JWT that names an algorithm. */
const MIN_HEADER_CHARACTERS = 12;

/**
 * A text of a caller as it may be kept: a token that stands where none belongs, such as in an argument, is replaced. Nearly every text is passed on as it is.
 */
export function withoutTokens(text: string): string {
  let start = text.indexOf(BEGINNING);
  if (start === -1) return text;
  let kept = '';
  let from = 0;
  while (start !== -1) {
    JOINED_WORDS.lastIndex = start;
    const candidate = JOINED_WORDS.exec(text)?.[0] ?? BEGINNING;
    const end = start + candidate.length;
    if (candidate.indexOf('.') >= MIN_HEADER_CHARACTERS) {
      kept += `${text.slice(from, start)}[redacted]`;
      from = end;
    }
    start = text.indexOf(BEGINNING, end);
  }
  return kept + text.slice(from);
}

import { printable } from '../../audit/printable.ts';

/** A text as it can be shown: control characters, and those that turn the direction of a line, are spelled out; line breaks stay. */
export function visible(text: string): string {
  return text.split(/\r?\n/).map(printable).join('\n');
}

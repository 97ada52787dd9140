import { visible } from '../visible.ts';

/** Text that is HTML already. Made by `html` alone, so that nothing gets into a page unescaped. */
export interface Markup {
  readonly markup: string;
}

type Content = string | number | Markup | undefined | readonly Content[];

/** HTML from a template: whatever is put in is text, unless it is markup itself. Lists are joined, `undefined` is nothing. */
export function html(parts: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  return { markup: parts.reduce((whole, part, place) => whole + write(contents[place - 1]) + part) };
}

/** Markup of a file that stands beside this one and is part of the page as it is: its style and its script. */
export function trusted(markup: string): Markup {
  return { markup };
}

function write(content: Content): string {
  if (content === undefined) return '';
  if (typeof content === 'number') return String(content);
  if (typeof content === 'string') return escapeHtml(visible(content));
  return 'markup' in content ? content.markup : content.map(write).join('');
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

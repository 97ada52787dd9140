import { GRADE_WORDS, type Grade } from '../reportView.ts';
import type { VerdictKind } from '../verdict.ts';
import { html, type Markup } from './markup.ts';

/** A sign beside each word: colour alone says nothing to who cannot see it, or prints in black. */
const SIGNS: Readonly<Record<Grade | 'none' | 'disabled', string>> = { failed: '✕', advisory: '▲', 'not-judged': '?', exempt: '◇', passed: '✓', none: '–', disabled: '⊘' };

/** Grade whose looks a verdict has. */
export const VERDICT_LOOKS: Readonly<Record<VerdictKind, Grade>> = { fails: 'failed', unjudged: 'not-judged', incomplete: 'not-judged', advisory: 'advisory', exempt: 'exempt', passes: 'passed' };

export function sign(grade: Grade | 'none' | 'disabled'): Markup {
  return html`<span class="sign" aria-hidden="true">${SIGNS[grade]}</span>`;
}

/** An outcome as a small mark: sign and word. */
export function mark(grade: Grade, words: string = GRADE_WORDS[grade]): Markup {
  return html`<span class="mark ${grade}">${sign(grade)}${words}</span>`;
}

/** Id of an element of the page, for links to it. */
export function anchorOf(rule: string): string {
  return `rule-${encodeURIComponent(rule)}`;
}

/** @returns the URL when it leads to a page; a report may hold others, which would run as a script */
export function pageUrl(url: string): string | undefined {
  return /^https?:\/\//i.test(url) ? url : undefined;
}

/** A time as people read it, exact to the second; in UTC. */
export function time(at: string): Markup {
  return html`<time datetime="${at}">${at.slice(0, 10)} ${at.slice(11, 19)} UTC</time>`;
}

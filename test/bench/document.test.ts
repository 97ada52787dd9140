import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withSection as withSectionOf } from '../../bench/document.ts';

const withSection = (document: string, section: string): string => withSectionOf(document, section, 'app');

const DOCUMENT = '# Figures\n\n## Times\n\nOne.\n';

test('a section is added at the end once, and replaced between its markers from then on', () => {
  const first = withSection(DOCUMENT, '## The MCP server\n\nOld.');
  assert.ok(first.startsWith(DOCUMENT), 'what stood there stays');
  const extended = `${first}\n## Spread\n\nTwo.\n`;
  const second = withSection(extended, '## The MCP server\n\nNew.');
  assert.equal(second, extended.replace('Old.', 'New.'));
  assert.equal(withSection(second, '## The MCP server\n\nNew.'), second);
});

test('a text with dollar signs is written as it is', () => {
  const section = 'costs $& and $1';
  assert.ok(withSection(withSection(DOCUMENT, 'first'), section).includes(section));
});

test('a marker without the other is refused, so that nothing of the rest is lost', () => {
  const written = withSection(DOCUMENT, 'text');
  assert.throws(() => withSection(written.replace(/<!-- .*: end -->/, ''), 'text'), /without the other/);
  assert.throws(() => withSection(written.replace(/<!-- .*: begin -->/, ''), 'text'), /without the other/);
});

test('the sections of two subjects stand beside each other', () => {
  const both = withSectionOf(withSection(DOCUMENT, 'One.'), 'Two.', 'auth audit');
  assert.equal(withSectionOf(both, 'Three.', 'auth audit'), both.replace('Two.', 'Three.'));
  assert.match(both, /<!-- Written by npm run bench -- app: begin -->\nOne\.\n<!-- .*\n\n<!-- Written by npm run bench -- auth audit: begin -->\nTwo\./);
});

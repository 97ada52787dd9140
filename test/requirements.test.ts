import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { requirements } from './requirements.ts';

const root = join(import.meta.dirname, '..');
const CITATION = /\b(?:test|it|describe)\((?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`)/g;

function citedIds(): Map<string, string> {
  const cited = new Map<string, string>();
  for (const file of globSync('test/**/*.test.ts', { cwd: root })) {
    for (const [title] of readFileSync(join(root, file), 'utf8').matchAll(CITATION)) {
      for (const [, id = ''] of title.matchAll(/\[([a-z]+\.[a-z0-9-]+)\]/g)) cited.set(id, file);
    }
  }
  return cited;
}

test('every promise is proved by a test that cites it, and no test cites one that there is not', () => {
  const cited = citedIds();
  const ids = requirements.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length, 'ids are distinct');
  assert.deepEqual(ids.filter((id) => !cited.has(id)), [], 'unproved promises');
  assert.deepEqual([...cited].filter(([id]) => !ids.includes(id)), [], 'unknown citations');
});

test('the documents that promises come from are there', () => {
  const missing = requirements.filter(({ source }) => /^[\w./-]+\.md$/.test(source) && !existsSync(join(root, source)));
  assert.deepEqual(missing, []);
});

test('every command that the README and the documents name is a script of package.json', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
  for (const file of ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...globSync('docs/**/*.md', { cwd: root })]) {
    for (const [, name = ''] of readFileSync(join(root, file), 'utf8').matchAll(/npm run (?:-s |--silent )?([a-z][a-z:-]*)/g)) {
      assert.ok(Object.hasOwn(scripts, name), `${file} names npm run ${name}`);
    }
  }
});

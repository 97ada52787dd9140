import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { z } from 'zod';
import { openDocumentStore } from '../../../local/core/documents.ts';

const schema = z.object({ count: z.number() });

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'documents-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('what was put is there after the store is opened again', (t) => {
  const folder = folderFor(t);
  const first = openDocumentStore(folder).collection('things', schema);
  first.put('a', { count: 1 });
  first.put('b', { count: 2 });
  assert.equal(first.delete('a'), true);
  assert.equal(first.delete('a'), false);
  assert.deepEqual(openDocumentStore(folder).collection('things', schema).entries(), [['b', { count: 2 }]]);
});

test('state files are readable by their owner only', (t) => {
  const folder = folderFor(t);
  openDocumentStore(folder).collection('things', schema).put('a', { count: 1 });
  assert.equal(statSync(join(folder, 'things.json')).mode & 0o077, 0);
});

test('a damaged file is kept aside byte for byte, and the version before it goes on', (t) => {
  const folder = folderFor(t);
  const file = join(folder, 'things.json');
  const before = openDocumentStore(folder).collection('things', schema);
  before.put('a', { count: 1 });
  before.put('b', { count: 2 });
  const damaged = readFileSync(file, 'utf8').slice(0, -9);
  writeFileSync(file, damaged);

  const store = openDocumentStore(folder, () => new Date('2026-01-02T03:04:05Z'));
  const things = store.collection('things', schema);
  assert.deepEqual(things.keys(), ['a']);
  const [report] = store.damage;
  assert.equal(report?.startsWith, 'previous version');
  assert.equal(readFileSync(report.keptAs, 'utf8'), damaged);
  assert.match(report.keptAs, /things\.json\.damaged-2026-01-02T03-04-05-000Z$/);
  // A third opening finds a whole file: the damage is reported once, and nothing is set aside twice.
  const third = openDocumentStore(folder);
  assert.deepEqual(third.collection('things', schema).keys(), ['a']);
  assert.equal(third.damage.length, 0);
});

test('a document of another shape counts as damage, and without a version before it the collection begins empty', (t) => {
  const folder = folderFor(t);
  writeFileSync(join(folder, 'things.json'), JSON.stringify({ version: 1, documents: { a: { count: 'one' } } }));
  const store = openDocumentStore(folder);
  assert.deepEqual(store.collection('things', schema).keys(), []);
  assert.equal(store.damage[0]?.startsWith, 'nothing');
  assert.equal(readdirSync(folder).filter((name) => name.includes('damaged')).length, 1);
});

import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { openJournal, type Journal } from '../../../local/monitor/journal.ts';

describe('The journal of telemetry', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'journal-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const all = async (journal: Journal): Promise<unknown[]> => {
    const entries: unknown[] = [];
    for await (const entry of journal.read()) entries.push(entry);
    return entries;
  };

  it('goes on where it stopped, and skips a line that a crash cut', async () => {
    const first = openJournal(folder);
    first.append([{ a: 1 }, { a: 2 }]);
    first.close();
    appendFileSync(join(folder, '00000001.jsonl'), '{"a":3,"cu');
    const second = openJournal(folder);
    assert.deepEqual(await all(second), [{ a: 1 }, { a: 2 }]);
    second.append([{ a: 4 }]);
    assert.deepEqual(await all(second), [{ a: 1 }, { a: 2 }, { a: 4 }]);
    second.close();
  });

  it('stays within its bounds, the oldest entries leaving first', async () => {
    const journal = openJournal(folder, { fileBytes: 100, files: 3 });
    for (let index = 0; index < 100; index += 1) journal.append([{ index }]);
    const kept = (await all(journal)) as { index: number }[];
    assert.equal(kept.at(-1)?.index, 99);
    assert.ok(kept.length < 40, `${kept.length} entries are kept`);
    assert.deepEqual(kept, [...kept].sort((one, other) => one.index - other.index));
    assert.equal(readdirSync(folder).length, 3);
    journal.close();
  });
});

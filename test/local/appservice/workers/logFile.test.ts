import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { openLogFile } from '../../../../local/appservice/workers/logFile.ts';

it('keeps the newest lines within its share of the disk', () => {
  const folder = mkdtempSync(join(tmpdir(), 'logfile-'));
  try {
    const file = openLogFile(join(folder, '1.log'), { limitBytes: 100, kept: 3 });
    for (let index = 0; index < 100; index++) file.write(`line ${index}\n`);
    file.close();
    file.write('after the end');
    assert.deepEqual(readdirSync(folder).sort(), ['1.log', '1.log.1', '1.log.2']);
    for (const name of readdirSync(folder)) assert.ok(statSync(join(folder, name)).size <= 100);
    assert.match(readFileSync(join(folder, '1.log'), 'utf8'), /line 99\n$/);
    assert.equal(statSync(join(folder, '1.log')).mode & 0o777, 0o600);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

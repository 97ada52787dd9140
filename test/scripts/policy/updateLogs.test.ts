import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { localFolders, type LocalFolders } from '../../../scripts/cloud/folders.ts';
import { CommandError } from '../../../scripts/commandError.ts';
import { evidenceFolder, KEPT_UPDATES, listUpdateLogs, updateWithEvidence } from '../../../scripts/policy/evidence/updateLogs.ts';
import { digestOfPack } from '../../../scripts/policy/pack/digest.ts';

function foldersFor(t: TestContext): LocalFolders {
  const root = mkdtempSync(join(tmpdir(), 'evidence-'));
  t.after(() => { rmSync(root, { recursive: true }); });
  return localFolders({ MCP_LOCAL_DIR: root });
}

/** An engine that writes a line into its event log, and then does what is asked. */
const engine = (text: string, then: () => string = () => 'done') => ({
  run: async (args: readonly string[]): Promise<string> => {
    assert.deepEqual(args.slice(0, 3), ['up', '--stack', 'staging']);
    appendFileSync(args[args.indexOf('--event-log') + 1] ?? '', text);
    return then();
  },
});

test('an update keeps its event log, for its owner alone, with the pack, its levels and its settings as they ran beside it [report.evidence]', async (t) => {
  const folders = foldersFor(t);
  const { output, log } = await updateWithEvidence(folders, engine('{"timestamp":1}\n'), 'staging', ['--yes'], () => undefined);
  assert.deepEqual([output, readFileSync(log, 'utf8'), statSync(log).mode & 0o077], ['done', '{"timestamp":1}\n', 0]);
  const [kept] = listUpdateLogs(folders, 'staging');
  assert.deepEqual([kept?.text, kept?.note?.packSha256, kept?.note?.packVersion], ['{"timestamp":1}\n', digestOfPack(), '0.3.0']);
  assert.equal((kept?.note?.configuration as Record<string, unknown>)['https-only'], 'mandatory');
});

test('an update that fails keeps what it has written, and the failure is handed on', async (t) => {
  const folders = foldersFor(t);
  await assert.rejects(updateWithEvidence(folders, engine('{"timestamp":1}\n{"time', () => { throw new CommandError('PULUMI_FAILED', 'refused'); }), 'staging', [], () => undefined), { code: 'PULUMI_FAILED' });
  assert.equal(listUpdateLogs(folders, 'staging')[0]?.text, '{"timestamp":1}\n{"time');
});

test(`the newest ${KEPT_UPDATES} are kept, those of another stack are left alone, and a log in which nothing stands is none`, async (t) => {
  const folders = foldersFor(t);
  const folder = evidenceFolder(folders, 'staging');
  await updateWithEvidence(folders, engine(''), 'staging', [], () => undefined);
  for (let day = 0; day < KEPT_UPDATES + 3; day += 1) writeFileSync(join(folder, `2020-01-${String(day + 1).padStart(2, '0')}T00-00-00.000Z-1.jsonl`), `${day}`);
  await updateWithEvidence(folders, engine('newest'), 'staging', [], () => undefined);
  const logs = listUpdateLogs(folders, 'staging');
  assert.equal(readdirSync(folder).filter((name) => name.endsWith('.jsonl')).length, KEPT_UPDATES);
  assert.deepEqual([logs.length, logs[0]?.text, logs.at(-1)?.text], [KEPT_UPDATES - 1, 'newest', '5']);
  assert.deepEqual(listUpdateLogs(folders, 'prod'), []);
});

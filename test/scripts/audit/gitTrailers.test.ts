import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readTrailers } from '../../../scripts/audit/gitTrailers.ts';
import { CommandError } from '../../../scripts/commandError.ts';

const ONE = '018f6c1e-7a52-8c3d-9e4f-0123456789ab';
const TWO = '118f6c1e-7a52-8c3d-9e4f-0123456789ab';

describe('trailers of commits that name calls', () => {
  let folder: string;
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: folder, encoding: 'utf8', env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@example.net', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@example.net' } });
  const commit = (message: string): string => {
    git('commit', '--allow-empty', '--quiet', '--message', message);
    return git('rev-parse', 'HEAD').trim();
  };
  const read = (range: string, env: NodeJS.ProcessEnv = process.env) => readTrailers(folder, range, env);
  const commits: string[] = [];

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'trailers-'));
    git('init', '--quiet');
    commits.push(
      commit('No trailer\n\nMCP-Call: stands in the body here.\n\nIt is followed by prose.'),
      commit(`One\n\nMCP-Call: ${ONE}`),
      commit(`Several, one of them twice\n\nWhy.\n\nSigned-off-by: A <a@example.net>\nMCP-Call: ${ONE}\nmcp-call: ${TWO}\nMCP-Call: ${ONE}`),
      commit(`Folded, and something that is no id\n\nMCP-Call: ${TWO.slice(0, 18)}\n ${TWO.slice(18)}\nMCP-Call: x\u001b[2Jy`),
      commit('None again'),
    );
  });
  after(() => rmSync(folder, { recursive: true }));

  it('are those that git takes for such, of the commits of a range, the oldest first [audit.git]', async () => {
    const [, one, several, folded] = commits;
    assert.deepEqual(await read('HEAD'), [
      { commit: one, named: [ONE] },
      { commit: several, named: [ONE, TWO] },
      { commit: folded, named: [`${TWO.slice(0, 18)} ${TWO.slice(18)}`, 'x\u001b[2Jy'] },
    ]);
    assert.deepEqual((await read('HEAD~3..HEAD~2')).map(({ commit: hash }) => hash), [several]);
    assert.deepEqual(await read('HEAD~1..HEAD'), []);
    assert.deepEqual(await read(`${one}^!`), [{ commit: one, named: [ONE] }]);
  });

  it('are read in the folder that is named, whatever a hook has in its environment', async () => {
    assert.equal((await read('HEAD', { ...process.env, GIT_DIR: '/nowhere', GIT_WORK_TREE: '/nowhere', GIT_INDEX_FILE: '/nowhere' })).length, 3);
  });

  const refused = (code: string, message: RegExp) => (error: unknown): boolean => error instanceof CommandError && error.code === code && message.test(error.message);

  it('take no option and no command from a range [audit.git]', async () => {
    // Would be taken for the name of a file, and all of its commits read, if git were left to guess.
    writeFileSync(join(folder, 'a-file'), '');
    const left = (): string[] => readdirSync(folder).sort();
    const before = left();
    for (const range of ['--output=made', '-p', '--all', '', '-']) await assert.rejects(read(range), refused('AUDIT_GIT_RANGE', /Allowed: a range of commits/));
    for (const range of ['HEAD --output=made', '$(touch made)', '`touch made`', 'HEAD; touch made', 'HEAD\n--output=made', 'no-such-branch', 'a-file', '^--output=made', 'HEAD..--output=made']) await assert.rejects(read(range), refused('AUDIT_GIT_FAILED', /git says: .*\nUse|git says: /));
    assert.deepEqual(left(), before);
  });

  it('run no program that the repository names', async () => {
    const program = join(folder, 'program.sh');
    writeFileSync(program, `#!/bin/sh\ntouch '${join(folder, 'made')}'\n`);
    chmodSync(program, 0o755);
    for (const [key, value] of [['core.pager', program], ['pager.log', program], ['log.showSignature', 'true'], ['gpg.program', program], ['core.fsmonitor', program], ['diff.external', program], ['trailer.MCP-Call.command', program], ['trailer.MCP-Call.cmd', program]]) git('config', key ?? '', value ?? '');
    const signed = join(folder, 'signed.txt');
    writeFileSync(signed, git('cat-file', 'commit', 'HEAD').replace('\n\n', '\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n -----END PGP SIGNATURE-----\n\n'));
    const withSignature = git('hash-object', '-t', 'commit', '-w', signed).trim();
    assert.equal((await read(withSignature)).length, 3);
    assert.equal(existsSync(join(folder, 'made')), false);
  });

  it('say what is wrong with a folder', async () => {
    await assert.rejects(readTrailers(join(folder, 'none'), 'HEAD', process.env), refused('AUDIT_GIT_FAILED', /There is no folder/));
    const empty = mkdtempSync(join(tmpdir(), 'no-repository-'));
    try {
      await assert.rejects(readTrailers(empty, 'HEAD', { ...process.env, GIT_CEILING_DIRECTORIES: tmpdir() }), refused('AUDIT_GIT_FAILED', /not a git repository/));
      await assert.rejects(readTrailers(empty, 'HEAD', { PATH: empty }), refused('AUDIT_GIT_FAILED', /git is not on PATH/));
    } finally {
      rmSync(empty, { recursive: true });
    }
  });
});

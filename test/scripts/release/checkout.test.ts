import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { commitOf } from '../../../infra/package/commitOf.ts';
import { nameOfCommit, readCheckout } from '../../../scripts/release/checkout.ts';
import { packageOfUrl, urlOfPackage } from '../../../scripts/release/package.ts';
import { readPin, withPin, writePin } from '../../../scripts/release/pin.ts';
import { projectDir } from '../../e2e/support/localRun.ts';

const PIN = `5e6f7a8b/${'a'.repeat(64)}`;

function repository(t: { after: (run: () => void) => void }): { folder: string; git: (...args: string[]) => string } {
  const root = mkdtempSync(join(tmpdir(), 'mcp-checkout-'));
  t.after(() => rmSync(root, { recursive: true }));
  // A part of a larger repository.
  const folder = join(root, 'part');
  mkdirSync(folder);
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: folder, encoding: 'utf8', env: { PATH: process.env['PATH'], HOME: root, GIT_CONFIG_NOSYSTEM: '1', GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@example.com', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@example.com' } }).trim();
  writeFileSync(join(folder, 'server.ts'), '1\n');
  writeFileSync(join(folder, 'Pulumi.prod.yaml'), '# why\nconfig:\n  a:b: "1"\n');
  git('init', '-q', root);
  git('add', '.');
  git('commit', '-q', '-m', 'one');
  return { folder, git };
}

test('a checkout is a commit and what differs from it; a pin that a promotion wrote is no difference [release.checkout]', async (t) => {
  const { folder, git } = repository(t);
  const commit = git('rev-parse', 'HEAD');
  assert.deepEqual(await readCheckout(folder), { commit, changed: [] });
  writePin(join(folder, 'Pulumi.prod.yaml'), PIN);
  assert.deepEqual(await readCheckout(folder), { commit, changed: [] });
  assert.equal(await commitOf(folder), commit);
  writeFileSync(join(folder, 'Pulumi.prod.yaml'), '# why\nconfig:\n  a:b: "2"\n');
  writeFileSync(join(folder, 'new.ts'), '');
  const changed = await readCheckout(folder);
  assert.deepEqual(changed, { commit, changed: ['Pulumi.prod.yaml', 'new.ts'] });
  assert.equal(nameOfCommit(changed), `${commit}-dirty`);
  assert.equal(await commitOf(folder), commit, 'settings and files that git does not know are not what a package is built from');
  writeFileSync(join(folder, 'server.ts'), '2\n');
  assert.equal(await commitOf(folder), `${commit}-dirty`);
});

test('outside of a repository there is no commit', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-checkout-'));
  t.after(() => rmSync(folder, { recursive: true }));
  assert.deepEqual(await readCheckout(folder), { commit: undefined, changed: [] });
  assert.equal(await commitOf(folder), undefined);
});

test('a pin is one line of the stack\'s file, and leaves no trace when it is taken away', () => {
  for (const stack of ['staging', 'prod']) {
    const text = withPin(readFileSync(join(projectDir, `Pulumi.${stack}.yaml`), 'utf8'), undefined);
    const pinned = withPin(text, PIN);
    assert.deepEqual(pinned.split('\n').filter((line) => !text.split('\n').includes(line)), [`  mcp-app-service:stagingPackage: ${PIN}`]);
    assert.equal(withPin(pinned, undefined), text);
  }
});

test('a pin is read back as it was written', (t) => {
  const { folder } = repository(t);
  const file = join(folder, 'Pulumi.prod.yaml');
  assert.equal(readPin(file), undefined);
  writePin(file, PIN);
  assert.equal(readPin(file), PIN);
  writePin(file, undefined);
  assert.equal(readFileSync(file, 'utf8'), '# why\nconfig:\n  a:b: "1"\n');
});

test('a slot\'s setting names a package, on Azure and on loopback alike', () => {
  for (const blobUrl of ['https://account.blob.core.windows.net', 'https://127.0.0.1:1234/account']) {
    assert.deepEqual(packageOfUrl(urlOfPackage(blobUrl, PIN)), { name: PIN, digest: 'a'.repeat(64) });
  }
  for (const other of [undefined, '1', 'https://example.com/packages/tool.zip', `https://example.com/other/${'a'.repeat(64)}.zip`]) assert.equal(packageOfUrl(other), undefined);
});

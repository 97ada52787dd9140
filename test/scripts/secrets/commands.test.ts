import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { CommandError } from '../../../scripts/commandError.ts';
import { secrets } from '../../../scripts/commands/secrets.ts';
import { parseKeyRing } from '../../../scripts/secrets/keyRing.ts';
import { frontEndProcesses } from '../../../scripts/secrets/processes.ts';
import { projectDir } from '../../e2e/support/localRun.ts';

const key = (byte: number): string => Buffer.alloc(32, byte).toString('base64url');
const OUTPUTS = {
  mcpUrl: 'https://site.example/mcp', mcpStagingUrl: 'https://site-staging.example/mcp', resourceGroupName: 'rg', siteName: 'site', entraClientId: '11111111-1111-4111-8111-111111111111',
  auditSigningKeyUrl: 'https://vault.example/keys/audit-anchor',
};

describe('npm run secrets', () => {
  let folder: string;
  let files = 0;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'secrets-'));
  });
  after(() => rm(folder, { recursive: true }));

  /** As a process, fed by a pipe. */
  const next = (input: string, ...args: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }> => new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(projectDir, 'scripts', 'run.js'), 'secrets', 'next', ...args], { cwd: projectDir });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => { stdout += text; });
    child.stderr.setEncoding('utf8').on('data', (text: string) => { stderr += text; });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
    child.stdin.end(input);
  });
  /** Called wrongly, or for a stack that is not to be changed: nothing is asked over the network by then. */
  const refusalOf = async (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<{ code: string; exitCode: number; message: string }> => {
    const output = new PassThrough() as unknown as NodeJS.WriteStream;
    const error = await secrets({ argv: args, env, stdout: output, stderr: output }).then(() => assert.fail(`${args.join(' ')} was not refused`), (thrown: CommandError) => thrown);
    return { code: error.code, exitCode: error.exitCode, message: error.message };
  };
  const outputs = async (more: Record<string, unknown>): Promise<string> => {
    const file = join(folder, `${(files += 1)}.json`);
    await writeFile(file, JSON.stringify({ ...OUTPUTS, ...more }));
    return file;
  };

  it('next writes the value that follows a configured one, step by step, and shows keys to the pipe alone', async () => {
    const published = await next(`${key(1)}\n`);
    assert.equal(published.code, 0, published.stderr);
    const ring = parseKeyRing(published.stdout.trim());
    assert.equal(ring?.current, key(1));
    assert.ok(ring?.next);
    const promoted = await next(published.stdout);
    assert.equal(promoted.stdout, `current:${ring.next},previous:${key(1)}\n`);
    const [retired, replaced, refused] = await Promise.all([next(promoted.stdout), next(promoted.stdout, '--emergency'), next('not-a-key-at-all')]);
    assert.equal(retired.stdout, `${ring.next}\n`);
    assert.match(replaced.stdout, /^[A-Za-z0-9_-]{43}\n$/);
    assert.ok(!promoted.stdout.includes(replaced.stdout.trim()));
    for (const { stderr } of [published, promoted, retired, replaced]) {
      assert.match(stderr, /^From current [0-9a-f]{8}.* to current [0-9a-f]{8}/);
      for (const secret of [key(1), ring.next]) assert.ok(!stderr.includes(secret));
    }
    assert.deepEqual([refused.code, refused.stdout], [2, '']);
    assert.match(refused.stderr, /SECRETS_NOT_A_KEY: .*16 characters, not shown/);
    assert.ok(!refused.stderr.includes('not-a-key'));
  });

  it('leaves a configured key to the configuration, and a stack that does not say alone', async () => {
    for (const action of [['rotate'], ['rotate', '--emergency'], ['retire', '--at-once']]) {
      const configured = await refusalOf([...action, '--subscription', 's', '--outputs', await outputs({ requestStateKeySource: 'configuration' })]);
      assert.deepEqual([configured.code, configured.exitCode], ['SECRETS_KEY_CONFIGURED', 2]);
      assert.match(configured.message, /docs\/secrets\.md/);
    }
    const old = await refusalOf(['rotate', '--subscription', 's', '--outputs', await outputs({})]);
    assert.deepEqual([old.code, old.exitCode], ['SECRETS_STACK_OLD', 1]);
    assert.match(old.message, /pulumi up/);
  });

  it('says what is allowed when it is called wrongly', async () => {
    const wrong: [args: string[], said: RegExp][] = [
      [[], /No action was given/], [['turn'], /There is no action "turn"/], [['rotate', '--now'], /Unknown option '--now'/], [['status', '--max-age-days', '0'], /--max-age-days was given "0"/],
      [['rotate', '--timeout-s', '1m'], /--timeout-s was given "1m"/], [['rotate', '--outputs', await outputs({ siteName: 1 }), '--subscription', 's'], /siteName: [\s\S]*pulumi stack output --json/],
      [['rotate', '--outputs', join(folder, 'none.json'), '--subscription', 's'], /ENOENT/],
      [['rotate', '--outputs', await outputs({})], /--outputs was given without --subscription/],
    ];
    for (const [args, said] of wrong) {
      const { code, exitCode, message } = await refusalOf(args);
      assert.equal(exitCode, 2, message);
      assert.ok(['BAD_ARGUMENT', 'SECRETS_BAD_OUTPUTS'].includes(code), code);
      assert.match(message, said);
    }
  });
});

describe('asking a process for its keys', () => {
  it('reads ids from /ready with the token, ready or not; names a token that is not accepted; takes anything else for no answer', async () => {
    const answers: [status: number, body: string][] = [
      [200, JSON.stringify({ status: 'ready', checks: [], instance: 'one', slot: 'production', requestStateKeys: { current: 'aaaaaaaa', previous: 'bbbbbbbb', heldSeconds: 12 } })],
      [503, JSON.stringify({ status: 'not ready', checks: [], instance: 'two', requestStateKeys: { current: 'aaaaaaaa', heldSeconds: 3 } })],
      [200, JSON.stringify({ status: 'ready', checks: [] })],
      [503, '<html>no instance</html>'],
      [200, JSON.stringify({ status: 'ready' })],
    ];
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.url} ${request.headers.authorization}`);
      const [status, body] = answers.shift() ?? [500, ''];
      response.writeHead(status).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const processes = frontEndProcesses({ production: url, staging: url }, async () => 'the-token');
      assert.deepEqual(await processes.ask('production'), { instance: 'one', keys: { current: 'aaaaaaaa', previous: 'bbbbbbbb' }, heldSeconds: 12 });
      assert.deepEqual(await processes.ask('staging'), { instance: 'two', keys: { current: 'aaaaaaaa' }, heldSeconds: 3 });
      assert.equal(await processes.ask('production'), undefined, 'a package from before rotation');
      assert.equal(await processes.ask('production'), undefined);
      await assert.rejects(processes.ask('production'), (error: CommandError) => error.code === 'SECRETS_TOKEN_REFUSED' && !error.message.includes('the-token'));
      assert.deepEqual(new Set(asked), new Set(['/ready Bearer the-token']));
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import type { Gate, Verification } from '../../scripts/release/gate.ts';
import { createLockStore } from '../../scripts/release/lock/lockStore.ts';
import { lockSchema, signedText, type OfferedToolsLock } from '../../scripts/release/lock/offeredTools.ts';
import { openReleaseKey, type ReleaseKey } from '../../scripts/release/lock/releaseKey.ts';
import { writeOfferedToolsLock } from '../../scripts/release/lock/writeOfferedToolsLock.ts';
import { lastVerification } from '../../scripts/release/log/releases.ts';
import { openReleaseLog } from '../../scripts/release/log/releaseLog.ts';
import { openTarget } from '../../scripts/release/openTarget.ts';
import type { NoStack, StackStatus } from '../../scripts/release/status/readStatus.ts';
import type { ReleaseTarget } from '../../scripts/release/target.ts';
import { createLocalRun, type LocalRun } from './support/localRun.ts';

type Verified = Verification & { passed: boolean; recorded: boolean };

describe('a deployed stack is verified', { concurrency: false }, () => {
  let run: LocalRun;
  let target: ReleaseTarget;
  before(async () => {
    run = createLocalRun();
    await run.json(['up']);
    const stream = Object.assign(new PassThrough().resume(), { isTTY: false }) as unknown as NodeJS.WriteStream;
    target = await openTarget({ argv: [], env: { ...process.env, MCP_LOCAL_DIR: run.root }, stdout: stream, stderr: stream }, { stack: 'staging', isAzure: false });
  });
  after(() => run.close());

  const verify = async (...args: string[]): Promise<{ code: number | null; found: Verified }> => {
    const { code, stdout, stderr } = await run.command(['release', 'verify', '--json', ...args]);
    assert.match(stdout, /^\{/, stderr);
    return { code, found: JSON.parse(stdout) as Verified };
  };
  const offered = async (...args: string[]): Promise<{ code: number | null; gate: Gate | undefined }> => {
    const { code, found } = await verify('--gates', 'offered-tools', ...args);
    return { code, gate: found.gates.find(({ name }) => name === 'offered-tools') };
  };
  const blob = () => target.releases.getBlockBlobClient('staging/offered-tools.json');
  const keep = (text: string) => blob().upload(text, Buffer.byteLength(text));
  const keyAt = (url: unknown): ReleaseKey => openReleaseKey(String(url), target.credential);
  const sign = async (key: ReleaseKey, { key: _key, signature: _signature, ...content }: OfferedToolsLock) => JSON.stringify({ ...content, ...(await key.sign(signedText(content))) });

  test('all gates pass for both slots alike, and the log keeps it [release.gates]', async () => {
    const { code, found } = await verify();
    assert.deepEqual(found.gates.filter(({ pass }) => !pass), []);
    assert.deepEqual([code, found.passed, found.recorded], [0, true, true]);
    assert.deepEqual(found.gates.map(({ name }) => name), ['instances-healthy', 'references-resolved', 'offered-tools', 'tools-answer', 'stateless', 'spread', 'conformance', 'latency']);
    const kept = lastVerification(await openReleaseLog(target.releases, 'staging').read(), found.packageDigest ?? '');
    assert.deepEqual(kept?.verification.gates, found.gates);
    assert.equal(found.gates.find(({ name }) => name === 'offered-tools')?.measured, '5 tools, no lock yet');
  });

  test('status tells where each stack stands [release.status]', async () => {
    const { stacks: [staging, prod] } = await run.json<{ stacks: [StackStatus, NoStack] }>(['release', 'status']);
    assert.deepEqual(prod, { stack: 'prod', isDeployed: false });
    const { production, staging: candidate } = staging.slots;
    assert.deepEqual([production.health, production.instances, candidate.health, staging.pending, staging.lastSwap, staging.underWay, staging.policy.verdict, staging.policy.pack?.split(' ')[0]], ['healthy', { listed: 3, ready: 3 }, 'healthy', 'none', null, null, 'passed', 'mcp-app-service']);
    assert.equal(production.packageDigest, target.outputs.packageDigest);
    assert.ok(Date.parse(production.packagedAt ?? '') <= Date.now());
    assert.match(production.version ?? '', /^\d+\.\d+\.\d+/);
    const { stdout } = await run.command(['release', 'status']);
    assert.ok(stdout.split('\n').every((line) => line.length <= 100), stdout);
    assert.match(stdout, /Stack prod: not deployed/);
  });

  test('what production offers is signed, and what differs from it blocks until it is accepted [release.lock] [release.breaking-change]', async () => {
    assert.deepEqual(await writeOfferedToolsLock(target), { tools: 5, packageDigest: target.outputs.packageDigest });
    const unchanged = await offered();
    assert.deepEqual([unchanged.code, unchanged.gate?.measured], [0, '5 tools, unchanged']);

    const lock = lockSchema.parse(JSON.parse((await blob().downloadToBuffer()).toString('utf8')));
    const more = { ...lock, tools: [{ ...lock.tools[0], name: 'a_tool_of_before', inputSchema: true }, ...lock.tools.map((tool) => (tool.name === 'whoami' ? { ...tool, description: 'Other words.' } : tool))] };
    const releaseKey = keyAt(target.outputs.releaseSigningKeyUrl);
    await keep(await sign(releaseKey, more));
    const changed = await offered();
    assert.deepEqual([changed.code, changed.gate?.pass, changed.gate?.measured], [3, false, '2 changes, 2 of them block']);
    assert.match(changed.gate?.details.join('\n') ?? '', /blocks: tool-removed:a_tool_of_before: .*\nblocks: description-changed:whoami: Other words\. → Tells who the caller is/);
    const accepted = await offered('--accept', 'tool-removed:a_tool_of_before,description-changed:whoami');
    assert.deepEqual([accepted.code, accepted.gate?.pass], [0, true]);

    // By hand, and by the key that the server signs its record with.
    for (const forged of [JSON.stringify({ ...lock, tools: [] }), await sign(keyAt(target.outputs.auditSigningKeyUrl), more)]) {
      await keep(forged);
      const refused = await offered('--accept', 'lock-stale');
      assert.deepEqual([refused.code, refused.gate?.measured], [3, 'the lock is not to be believed']);
    }
    await keep(await sign(releaseKey, { ...lock, packageDigest: '0'.repeat(64) }));
    assert.match((await offered()).gate?.details.join('\n') ?? '', /blocks: lock-stale: /);
    await createLockStore(target.releases, 'staging', releaseKey).write({ format: 1, stack: 'staging', signedAt: lock.signedAt, packageDigest: lock.packageDigest, tools: lock.tools });
    assert.equal((await offered()).code, 0);
  });

  test('some gates are no verification, and what is called wrongly is said', async () => {
    const events = async (): Promise<number> => (await openReleaseLog(target.releases, 'staging').read()).length;
    const before = await events();
    assert.equal((await verify('--gates', 'references-resolved', '--slot', 'production')).found.recorded, false);
    assert.equal(await events(), before);
    for (const args of [['--slot', 'blue'], ['--gates', 'speed'], ['--gates', ''], ['--sloth', 'staging']]) {
      const { code, stderr } = await run.command(['release', 'verify', ...args]);
      assert.equal(code, 2, stderr);
      assert.match(stderr, /BAD_ARGUMENT: .*Allowed:/s);
    }
  });
});

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ClientSecretCredential } from '@azure/identity';
import { SecretClient } from '@azure/keyvault-secrets';
import { createLocalRun, projectDir, type LocalRun, type ProcessResult } from './support/localRun.ts';
import { connect, rawWhoami, trust, until } from './support/mcpLoad.ts';

interface Keys { current: string; next?: string; previous?: string }
interface Step { phase: string; keys: Keys; version: string; processes: number }
interface Status { phase: string; keys: Keys; source: string; ageDays: number; versions: { keys: Keys }[]; processes: { slot: string; instance: string; state: string }[] }

const SECRET = 'mcp-request-state-key';

/** The request-state key of a stack on the local Azure, rotated as an operator rotates it, under traffic on both slots from the first test to the last. */
describe('rotation by npm run secrets', { concurrency: false }, () => {
  let run: LocalRun;
  let client: SecretClient;
  let bearer = '';
  let urls: string[] = [];
  const agent = new Agent({ keepAlive: true });
  const values = new Set<string>();
  const printed: string[] = [];
  const failures: string[] = [];
  let answered = 0;
  let callBefore = '';
  let stop = false;
  let traffic: Promise<unknown> = Promise.resolve();

  before(async () => {
    run = createLocalRun();
    await run.json(['up']);
    const env = await run.cloudEnv('staging');
    trust(env['NODE_EXTRA_CA_CERTS'] ?? '');
    const outputs = JSON.parse((await pulumi('stack', 'output', '--json')).stdout) as { mcpUrl: string; mcpStagingUrl: string; auditSigningKeyUrl: string };
    writeFileSync(join(run.root, 'outputs.json'), JSON.stringify(outputs));
    const credential = new ClientSecretCredential(env['AZURE_TENANT_ID'] ?? '', env['AZURE_CLIENT_ID'] ?? '', env['AZURE_CLIENT_SECRET'] ?? '', { authorityHost: env['AZURE_AUTHORITY_HOST'] ?? '', disableInstanceDiscovery: true });
    client = new SecretClient(new URL(outputs.auditSigningKeyUrl).origin, credential, { disableChallengeResourceVerification: true });
    urls = [outputs.mcpUrl, outputs.mcpUrl, outputs.mcpStagingUrl];
    ({ accessToken: bearer } = await run.json<{ accessToken: string }>(['token', '--as', 'app', '--tools', 'whoami,report_change']));
    traffic = Promise.all(urls.map(async (url) => {
      while (!stop) {
        const { status, callId = '' } = await rawWhoami(url, bearer, agent);
        if (status === 200) answered += 1;
        else failures.push(`${status} from ${url}`);
        if (callBefore === '') callBefore = callId;
        // The machine is to have time for the rest.
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }));
    await until('traffic is on', async () => answered > 20);
  });
  after(async () => {
    stop = true;
    await traffic;
    agent.destroy();
    await run.close();
  });

  const pulumi = (...args: string[]): Promise<ProcessResult> => run.inCloud('staging', 'pulumi', [...args, '--stack', 'staging', '--non-interactive', '--color', 'never']);
  const value = async (): Promise<string> => {
    const { value: text = '' } = await client.getSecret(SECRET);
    for (const key of text.split(/[:,]/)) if (key.length > 20) values.add(key);
    return text;
  };
  const versions = async (): Promise<number> => {
    let count = 0;
    for await (const _ of client.listPropertiesOfSecretVersions(SECRET)) count += 1;
    return count;
  };
  const secrets = async (...args: string[]): Promise<ProcessResult> => {
    const result = await run.command(['secrets', ...args]);
    printed.push(result.stdout, result.stderr);
    return result;
  };
  const secretsJson = async <T>(...args: string[]): Promise<T> => {
    const { code, stdout, stderr } = await secrets(...args, '--json');
    assert.equal(code, 0, stdout + stderr);
    return JSON.parse(stdout) as T;
  };

  test('status tells keys, age and which process has which, over the local stack and over the outputs of any [secrets.status]', async () => {
    assert.ok(Buffer.from(await value(), 'base64url').length >= 32);
    const status = await secretsJson<Status>('status');
    assert.deepEqual([status.phase, status.source, status.ageDays, status.versions.length], ['at rest', 'generated', 0, 1]);
    assert.match(status.keys.current, /^[0-9a-f]{8}$/);
    assert.deepEqual(status.processes.map(({ slot, state }) => `${slot} ${state}`).sort(), [...Array<string>(3).fill('production as the vault'), ...Array<string>(3).fill('staging as the vault')]);
    const elsewhere = await run.inCloud('staging', process.execPath, [join(projectDir, 'scripts', 'run.js'), 'secrets', 'status', '--outputs', join(run.root, 'outputs.json'), '--json', '--max-age-days', '30'], { env: { MCP_ACCESS_TOKEN: bearer } });
    assert.equal(elsewhere.code, 0, elsewhere.stderr);
    assert.deepEqual((JSON.parse(elsewhere.stdout) as Status).keys, status.keys);
    assert.equal((JSON.parse(elsewhere.stdout) as Status).processes.length, 6);
  });

  test('rotate, killed by kill -9 after each new version and run again: one new key, in every process [secrets.rotation]', async () => {
    const before = await value();
    const { keys: { current: old } } = await secretsJson<Status>('status');
    for (const count of [2, 3]) {
      const child = spawn(process.execPath, [join(projectDir, 'scripts', 'main.ts'), 'secrets', 'rotate'], { cwd: projectDir, env: { ...process.env, MCP_LOCAL_DIR: run.root, NO_COLOR: '1' }, stdio: 'ignore' });
      const ended = new Promise((resolve) => child.once('close', resolve));
      await until(`version ${count} of the secret`, async () => (await versions()) === count);
      child.kill('SIGKILL');
      await ended;
      await value();
    }
    const rotated = await secretsJson<Step>('rotate');
    assert.deepEqual([rotated.phase, rotated.keys.previous, rotated.processes], ['promoted', old, 6]);
    assert.equal(await value(), `current:${[...values].at(-1) ?? ''},previous:${before}`);
    assert.equal(values.size, 2, 'one new key');
    assert.equal(await versions(), 3);
    const status = await secretsJson<Status>('status');
    assert.equal(status.processes.filter(({ state }) => state === 'as the vault').length, 6);
  });

  test('a change that a call of before has led to is still recorded [secrets.rotation]', async () => {
    const mcp = await connect(urls[0] ?? '', bearer);
    const { structuredContent } = await mcp.callTool({ name: 'report_change', arguments: { callId: callBefore, type: 'commit', reference: 'abc123' } });
    assert.deepEqual(structuredContent, { callId: callBefore, recorded: true });
    await mcp.close();
  });

  test('up, refresh and a change of the stack\'s tags leave the rotated key as it is [secrets.program]', async () => {
    const rotated = await value();
    const preview = await pulumi('preview', '--expect-no-changes', '--refresh');
    assert.equal(preview.code, 0, preview.stdout + preview.stderr);
    const env = await run.cloudEnv('staging');
    const config = env['PULUMI_OPTION_CONFIG_FILE'] ?? '';
    const retagged = join(run.root, 'retagged.yaml');
    writeFileSync(retagged, readFileSync(config, 'utf8').replace('mcp-app-service:owner: mcp-platform', 'mcp-app-service:owner: another-team'));
    const updated = await run.inCloud('staging', 'pulumi', ['up', '--yes', '--skip-preview', '--target', '**azure-native:keyvault:Vault::**', '--target', '**azure-native:keyvault:Secret::**', '--stack', 'staging', '--non-interactive', '--color', 'never'], { env: { PULUMI_OPTION_CONFIG_FILE: retagged } });
    assert.equal(updated.code, 0, updated.stdout + updated.stderr);
    assert.match(updated.stdout, /~ 1 updated/, 'the vault, and not the secret');
    assert.equal(await value(), rotated);
    assert.equal(await versions(), 3);
  });

  test('retire is refused by name while states of the previous key are good; at once it leaves the new key alone, and no request has failed since the beginning [secrets.rotation]', async () => {
    const early = await secrets('retire');
    assert.equal(early.code, 1);
    assert.match(early.stderr, /SECRETS_TOO_EARLY: The youngest process has had its keys for \d+ s/);
    const retired = await secretsJson<Step>('retire', '--at-once');
    assert.deepEqual([retired.phase, retired.processes], ['at rest', 6]);
    assert.equal(await value(), [...values].at(-1));
    stop = true;
    await traffic;
    assert.deepEqual(failures, [], `of ${answered}`);
    assert.ok(answered > 200, `${answered}`);
  });

  test('no key stands in what the commands have printed [secrets.nowhere]', () => {
    assert.ok(printed.join('').length > 500);
    assert.equal(values.size, 2);
    for (const key of values) assert.ok(!printed.join('').includes(key));
  });
});

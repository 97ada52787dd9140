import assert from 'node:assert/strict';
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ClientSecretCredential } from '@azure/identity';
import { WebSiteManagementClient } from '@azure/arm-appservice';
import { SecretClient } from '@azure/keyvault-secrets';
import { readQuery } from '../../infra/queries/index.ts';
import { Desk } from '../clients/signIn/desk.ts';
import { createDirectoryAdmin } from '../clients/signIn/directoryAdmin.ts';
import { tryEverything } from './support/abilities.ts';
import { createLocalRun, projectDir, runProcess, type LocalRun } from './support/localRun.ts';
import { copyProgram } from './support/programCopy.ts';
import { connect, countByInstance, rawWhoami, trust, until, type Whoami } from './support/mcpLoad.ts';

interface UpResult {
  changed: boolean;
  changes: string;
  mcpUrl: string;
  mcpStagingUrl: string;
  instances: { id: string; state: string }[];
  calls: { tool: string; instance: string; answer: string }[];
}
interface Status {
  resources: Record<string, number>;
  urls: Record<string, string>;
  sites: { site: string; slot?: string; status: string; instances: { id: string; pid: number; state: string }[] }[];
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** What a process list shows. A process that ends meanwhile shows nothing. */
function processCommandLines(): string {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    } catch {
      return '';
    }
  }).join('\n');
}

/** The whole system, through the commands, in the order in which a person would meet it. Each test leaves the cloud as it found it. */
describe('both stacks on one machine', { concurrency: false }, () => {
  let run: LocalRun;
  let staging: UpResult;
  let prod: UpResult;
  let env: Record<string, string>;
  const agent = new Agent({ keepAlive: true });

  before(async () => {
    run = createLocalRun();
    // At once: one of them starts the local Azure, the other finds it starting.
    [staging, prod] = await Promise.all([run.json<UpResult>(['up']), run.json<UpResult>(['up', '--stack', 'prod'])]);
    env = await run.cloudEnv('staging');
    trust(env['NODE_EXTRA_CA_CERTS'] ?? '');
  });
  after(async () => {
    agent.destroy();
    await run.close();
  });

  const token = async (...args: string[]): Promise<string> => (await run.json<{ accessToken: string }>(['token', ...args])).accessToken;
  const status = (): Promise<Status> => run.json<Status>(['status']);
  const siteOf = (outputs: string): Promise<string> => pulumi('staging', ['stack', 'output', outputs]).then(({ stdout }) => stdout.trim());
  const pulumi = (stack: string, args: string[]): ReturnType<LocalRun['inCloud']> => run.inCloud(stack, 'pulumi', [...args, '--stack', stack, '--non-interactive', '--color', 'never']);

  test('an up from nothing makes both stacks: two slots and three instances each, and every tool answers [up.from-nothing]', () => {
    for (const result of [staging, prod]) {
      assert.equal(result.changed, true);
      assert.equal(result.instances.length, 3);
      assert.deepEqual(result.calls.map(({ tool }) => tool), ['whoami', 'lookup_fact', 'compute_primes']);
      for (const { instance, answer } of result.calls) {
        assert.ok(result.instances.some(({ id }) => id === instance), `${instance} is one of the three`);
        assert.doesNotMatch(answer, /^error/);
      }
    }
    assert.notEqual(staging.mcpUrl, prod.mcpUrl);
    assert.equal(new Set([staging.mcpUrl, staging.mcpStagingUrl, prod.mcpUrl, prod.mcpStagingUrl]).size, 4);
  });

  test('a second up makes no change [up.no-change]', async () => {
    const again = await run.json<UpResult>(['up']);
    assert.equal(again.changed, false, again.changes);
    assert.equal(again.mcpUrl, staging.mcpUrl);
  });

  test('plain pulumi in the exported environment sees no change and no drift, runs the pack, and writes into no tracked file [env.plain-pulumi]', async () => {
    const tracked = (): ReturnType<typeof runProcess> => runProcess('git', ['status', '--porcelain', '--', 'Pulumi.yaml', 'Pulumi.staging.yaml', 'Pulumi.prod.yaml', 'package.json', 'infra', 'app', 'policy', 'local', 'scripts'], { cwd: projectDir, env: process.env });
    const before = await tracked();
    const preview = await pulumi('staging', ['preview', '--expect-no-changes']);
    assert.equal(preview.code, 0, preview.stdout + preview.stderr);
    assert.match(preview.stdout, /Policies:[\s\S]*mcp-app-service/);
    // The first refresh after a creation takes in what other resources gave the Entra application (its identifier URIs are resources of
    // their own) and the two zone groups took over from their endpoints; from then on nothing differs, and the program, which leaves them to those resources, sees no change.
    const taken = await pulumi('prod', ['refresh', '--yes', '--skip-preview']);
    assert.match(taken.stdout, /Resources:\n {4}~ 3 updated\n/);
    const refresh = await pulumi('prod', ['refresh', '--yes', '--expect-no-changes']);
    assert.equal(refresh.code, 0, refresh.stdout + refresh.stderr);
    const quiet = await pulumi('prod', ['preview', '--expect-no-changes']);
    assert.equal(quiet.code, 0, quiet.stdout + quiet.stderr);
    assert.equal((await tracked()).stdout, before.stdout);
    for (const file of ['Pulumi.staging.yaml', 'Pulumi.prod.yaml']) assert.doesNotMatch(readFileSync(join(projectDir, file), 'utf8'), /encryptionsalt/);
  });

  test('the README\'s shell session works as it is written [readme.session]', async () => {
    const session = /### With your own tools\n\n```console\n([\s\S]*?)```/.exec(readFileSync(join(projectDir, 'README.md'), 'utf8'))?.[1] ?? '';
    const script = session.split('\n').map((line) => line.replace(/^\$ /, '')).join('\n');
    assert.match(script, /eval .*\npulumi preview[\s\S]*curl/);
    const result = await runProcess('bash', ['-euo', 'pipefail', '-c', script], { cwd: projectDir, env: { ...process.env, MCP_LOCAL_DIR: run.root, PULUMI_OPTION_COLOR: 'never' } });
    assert.equal(result.code, 0, result.stdout + result.stderr);
    assert.ok(result.stdout.includes(staging.mcpUrl), 'the stack output');
    for (const tool of ['whoami', 'lookup_fact', 'compute_primes']) assert.ok(result.stdout.includes(`"name":"${tool}"`), tool);
  });

  test('the official client in both protocol versions; 1,800 calls spread over three instances, each within 10 % of a third [serve.spread]', async () => {
    const bearer = await token('--as', 'app', '--tools', 'whoami');
    for (const mode of ['auto', 'legacy'] as const) {
      const client = await connect(staging.mcpUrl, bearer, mode);
      const { slot, principal } = (await client.callTool({ name: 'whoami', arguments: {} })).structuredContent as Whoami;
      assert.deepEqual([slot, principal.kind], ['production', 'app']);
      await client.close();
    }
    const counts = await countByInstance(staging.mcpUrl, bearer, 1_800, 9);
    assert.equal(counts.size, 3);
    for (const [instance, count] of counts) assert.ok(Math.abs(count - 600) <= 60, `${instance} answered ${count}`);
  });

  test('npm run load: k6 calls the tool, no call fails, and every instance takes its share [load.k6]', async () => {
    const { calls, failed, spread } = await run.json<{ calls: number; failed: number; spread: Record<string, number> }>(['load', '--vus', '6', '--duration-s', '2']);
    assert.ok(calls > 100, `${calls} calls`);
    assert.equal(failed, 0);
    assert.deepEqual(Object.keys(spread).sort(), staging.instances.map(({ id }) => id).sort());
    for (const count of Object.values(spread)) assert.ok(Math.abs(count - calls / 3) <= calls * 0.1, JSON.stringify(spread));
  });

  test('the telemetry of those calls tells the spread by cloud_RoleInstance [telemetry.spread]', async () => {
    const query = `requests | where name == "tools/call whoami" | summarize calls = sum(itemCount) by cloud_RoleInstance`;
    const ask = async (): Promise<number[]> => (await askTelemetry(query)).map(({ calls }) => Number(calls));
    await until('1,800 calls in the telemetry of three instances', async () => {
      const counts = await ask();
      return counts.length === 3 && counts.reduce((sum, count) => sum + count, 0) >= 1_800;
    });
  });

  test('the generated secret, the passphrase and a token stand in no file of the run and in no process list [secrets.nowhere]', async () => {
    const value = await readGeneratedSecret();
    assert.ok(Buffer.from(value, 'base64url').length >= 32);
    const passphrase = readFileSync(join(run.root, 'passphrase'), 'utf8').trim();
    const bearer = await token();
    const files = readdirSync(run.root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    assert.ok(files.length > 30, `${files.length} files`);
    for (const file of files) {
      const text = readFileSync(file, 'latin1');
      assert.ok(!text.includes(value), `${file} holds the secret`);
      assert.ok(!text.includes(bearer), `${file} holds the token`);
      if (!file.endsWith('passphrase')) assert.ok(!text.includes(passphrase), `${file} holds the passphrase`);
    }
    const commandLines = processCommandLines();
    assert.match(commandLines, /server\.mjs/, 'the workers are among them');
    for (const secret of [value, bearer, passphrase, env['AZURE_CLIENT_SECRET'] ?? '']) assert.ok(secret !== '' && !commandLines.includes(secret));
  });

  test('a token is good for the tools it names and for no other; without one, or with one of the other stack, 401 [token.tools]', async () => {
    const bearer = await token('--as', 'user', '--tools', 'whoami,lookup_fact');
    const client = await connect(staging.mcpUrl, bearer);
    assert.ok((await client.callTool({ name: 'lookup_fact', arguments: { topic: 'stateless' } })).structuredContent);
    await assert.rejects(client.callTool({ name: 'compute_primes', arguments: { limit: 10 } }));
    await client.close();
    const bare = await fetch(staging.mcpUrl, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } });
    assert.equal(bare.status, 401);
    assert.match(bare.headers.get('www-authenticate') ?? '', /resource_metadata="https:\/\/127\.0\.0\.1:\d+\/\.well-known\/oauth-protected-resource\/mcp"/);
    for (const as of ['user', 'app', 'agent']) assert.equal((await rawWhoami(staging.mcpUrl, await token('--as', as), agent)).status, 200, as);
    const other = await rawWhoami(staging.mcpUrl, await token('--stack', 'prod'), agent);
    assert.equal(other.status, 401, 'a token of the other stack has another audience');
  });

  test('kill -9 of an instance under load: only requests in flight on it fail, it comes back, and every answered call is in the record [serve.kill-instance] [audit.survives-kill]', async () => {
    const bearer = await token('--as', 'app', '--tools', 'whoami');
    const site = await siteOf('siteName');
    const production = async () => (await status()).sites.find((candidate) => candidate.site === site && candidate.slot === undefined);
    const victim = (await production())?.instances[0];
    assert.ok(victim);
    const CONNECTIONS = 12;
    let stop = false;
    let endSeen = false;
    const failures: number[] = [];
    const failuresAfterEndSeen: number[] = [];
    let answered = 0;
    const answeredCalls: string[] = [];
    const load = Array.from({ length: CONNECTIONS }, async () => {
      while (!stop) {
        const begunAfterEndSeen = endSeen;
        const { status: code, callId } = await rawWhoami(staging.mcpUrl, bearer, agent);
        if (code === 200) {
          answered += 1;
          answeredCalls.push(callId ?? 'an answer without call id');
        }
        else (begunAfterEndSeen ? failuresAfterEndSeen : failures).push(code);
      }
    });
    await until('load is on', async () => answered > 200);
    process.kill(victim.pid, 'SIGKILL');
    const now = async () => (await production())?.instances.find(({ id }) => id === victim.id);
    await until('the end of the process is seen', async () => (await now())?.pid !== victim.pid);
    endSeen = true;
    const atEndSeen = answered;
    await until('the others go on', async () => answered > atEndSeen + 200);
    await until('the instance is back', async () => {
      const instance = await now();
      return instance !== undefined && instance.pid !== victim.pid && instance.state === 'Ready';
    });
    stop = true;
    await Promise.all(load);
    // What was on its way to the process when it ended: one request a connection, and one more that was sent before its end was seen, since
    // the kernel takes connections for a process until the last of its threads is gone.
    assert.ok(failures.length <= 2 * CONNECTIONS, `${failures.length} failed: ${failures.join(', ')}`);
    assert.deepEqual(failuresAfterEndSeen, []);
    const counts = await countByInstance(staging.mcpUrl, bearer, 90, 3);
    assert.ok((counts.get(victim.id) ?? 0) > 0, 'it serves again');
    const { code, stdout, stderr } = await run.command(['audit', 'export']);
    assert.equal(code, 0, stderr);
    const recorded = new Set(stdout.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as { kind: string; callId?: string }).filter(({ kind }) => kind === 'call').map(({ callId }) => callId));
    assert.deepEqual(answeredCalls.filter((callId) => !recorded.has(callId)), []);
  });

  test('npm run access: a caller who is denied is refused by every instance within 30 seconds, and let in again; both are in the record [access.commands]', async () => {
    const bearer = await token('--as', 'app', '--tools', 'whoami');
    const { calls: [{ delegation } = assert.fail('no calls')] } = await run.json<{ calls: { delegation: { agent: string } }[] }>(['audit', 'calls', '--tool', 'whoami', '--limit', '1']);
    const statuses = async (): Promise<number[]> => (await Promise.all(Array.from({ length: 9 }, () => rawWhoami(staging.mcpUrl, bearer, agent)))).map(({ status: code }) => code);
    assert.deepEqual(new Set(await statuses()), new Set([200]));
    const rule = await run.json<{ id: string }>(['access', 'deny', '--principal', delegation.agent, '--reason', 'an e2e test']);
    await until('every instance refuses', async () => (await statuses()).every((code) => code === 403), 30_000);
    assert.deepEqual((await run.json<{ id: string; reason: string }[]>(['access', 'list'])).map(({ id, reason }) => [id, reason]), [[rule.id, 'an e2e test']]);
    assert.equal((await run.command(['access', 'allow', rule.id])).code, 0);
    await until('every instance lets in', async () => (await statuses()).every((code) => code === 200), 30_000);
    assert.match((await run.command(['access', 'allow', rule.id])).stderr, /ACCESS_NO_SUCH_RULE: There is no rule deny-[0-9a-f]{8}\. Rules: none\./);
    const { operations } = await run.json<{ operations: { operation: string; outcome: string; anchored: boolean; details: { id: string } }[] }>(['audit', 'operations']);
    // Each up records a snapshot of who may call.
    const ofAccess = operations.filter(({ operation }) => operation !== 'access.snapshot');
    assert.ok(ofAccess.length < operations.length);
    assert.deepEqual(ofAccess.map(({ operation, outcome, anchored, details }) => [operation, outcome, anchored, details.id]), [['access.deny', 'done', true, rule.id], ['access.allow', 'done', true, rule.id]]);
    assert.match((await run.command(['audit', 'operations'])).stdout, /access\.deny +done +\{"id":"deny-/);
  });

  test('npm run audit: who called what, one call in full, and a record that verifies, on line while instances write and from a copy [audit.commands]', async () => {
    const bearer = await token('--as', 'app', '--tools', 'whoami');
    const { callId } = await rawWhoami(staging.mcpUrl, bearer, agent);
    const { calls } = await run.json<{ calls: { callId: string; tool: string; outcome: string }[] }>(['audit', 'calls', '--tool', 'whoami', '--limit', '5']);
    assert.deepEqual(calls.map(({ tool, outcome }) => [tool, outcome]), Array.from({ length: 5 }, () => ['whoami', 'ok']));
    assert.equal(calls[0]?.callId, callId);
    const shown = await run.command(['audit', 'show', callId ?? '']);
    assert.match(shown.stdout, /Delegated by +nobody: an application acts for itself\nActing +[0-9a-f-]{36}, client [0-9a-f-]{36}\n[^]*Decision +allowed by role Tools\.whoami\n[^]*Outcome +ok, [^]*Led to +nothing that was told\n/);

    let isOver = false;
    const load = (async () => {
      while (!isOver) await rawWhoami(staging.mcpUrl, bearer, agent);
    })();
    const whileWriting = await run.command(['audit', 'verify', '--json']);
    isOver = true;
    await load;
    assert.equal(whileWriting.code, 0, whileWriting.stdout + whileWriting.stderr);

    const copy = join(run.root, 'record');
    const verified = await run.command(['audit', 'verify', '--download', copy]);
    assert.equal(verified.code, 0, verified.stdout + verified.stderr);
    assert.match(verified.stdout, /Findings +none: the record is as it was written/);
    const offline = await run.json<{ records: number; findings: unknown[] }>(['audit', 'verify', '--offline', copy]);
    assert.deepEqual(offline.findings, []);
    assert.ok(offline.records > 200, `${offline.records} records`);
    const [blob = ''] = readdirSync(join(copy, 'audit', 'calls'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
      .sort((left, right) => readFileSync(right).length - readFileSync(left).length);
    writeFileSync(blob, readFileSync(blob, 'utf8').replace('"outcome":"ok"', '"outcome":"failed"'));
    const tampered = await run.command(['audit', 'verify', '--offline', copy]);
    assert.equal(tampered.code, 3, tampered.stdout);
    assert.match(tampered.stdout, /(CHAIN_BROKEN|ANCHOR_MISMATCH) in .*, line \d+, record \d+: The record is not the one that/);
    const exported = await run.command(['audit', 'export', '--offline', copy]);
    assert.deepEqual([exported.code, exported.stdout.includes('"outcome":"failed"')], [3, false]);
  });

  test('npm run audit -- link: a call is tied to what it led to, by hand and by the trailers of commits, once [audit.link] [audit.git]', async () => {
    const client = await connect(staging.mcpUrl, await token('--as', 'app', '--tools', 'whoami,report_change'), 'auto');
    const callId = String((await client.callTool({ name: 'whoami', arguments: {} }))._meta?.['mcp-app-service/callId']);
    const reported = await client.callTool({ name: 'report_change', arguments: { callId, type: 'pull_request', reference: '#12' } });
    assert.deepEqual(reported.structuredContent, { callId, recorded: true });
    await client.close();
    const other = (await rawWhoami(staging.mcpUrl, await token('--as', 'user'), agent)).callId ?? '';
    const byHand = ['audit', 'link', callId, '--type', 'incident', '--reference', 'INC-7', '--url', 'https://tickets.example.net/7'];
    assert.match((await run.command(byHand)).stdout, new RegExp(`^Call ${callId} is linked to incident INC-7\\.$`, 'm'));
    assert.match((await run.command(byHand)).stdout, new RegExp(`^Call ${callId} was linked already to incident INC-7\\.$`, 'm'));
    const unknown = '00000000-0000-8000-8000-000000000000';
    const refused = await run.command(['audit', 'link', unknown, '--type', 'other', '--reference', 'x']);
    assert.deepEqual([refused.code, refused.stdout], [1, '']);
    assert.match(refused.stderr, new RegExp(`^AUDIT_NO_SUCH_CALL: No record of call ${unknown} from `, 'm'));

    const repository = join(run.root, 'repository');
    const git = async (...args: string[]): Promise<string> => {
      const result = await runProcess('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.net', ...args], { cwd: run.root, env: process.env });
      assert.equal(result.code, 0, result.stderr);
      return result.stdout.trim();
    };
    await git('init', '--quiet', repository);
    const commit = (...ids: string[]): Promise<string> => git('-C', repository, 'commit', '--allow-empty', '--quiet', '--message', 'Change', ...(ids.length > 0 ? ['--message', ids.map((id) => `MCP-Call: ${id}`).join('\n')] : []));
    await commit();
    await commit(callId, other);
    const hash = await git('-C', repository, 'rev-parse', 'HEAD');
    const link = (...args: string[]) => run.command(['audit', 'link', '--git', 'HEAD', '--repository', repository, ...args]);
    const first = await link();
    assert.equal(first.code, 0, first.stderr);
    assert.deepEqual(first.stdout.split('\n').slice(1, 3), [callId, other].map((id) => `${hash.slice(0, 12)}  ${id}  linked`));
    await commit(unknown, 'no-id');
    const second = await link('--json');
    assert.equal(second.code, 1);
    const { links } = JSON.parse(second.stdout) as { links: { callId: string; state: string }[] };
    assert.deepEqual(links.map(({ callId: id, state }) => [id, state]), [[callId, 'already linked'], [other, 'already linked'], [unknown, 'not in the record'], ['no-id', 'not a call id']]);
    const { stdout } = await run.command(['audit', 'show', callId]);
    assert.match(stdout, new RegExp(`^Led to +pull_request #12, reported by the caller [0-9a-f-]{36} on .*Z(?: \\(.*\\))?\n +incident INC-7 https://tickets\\.example\\.net/7, linked by the operator [0-9a-f-]{36} on .*Z\n +commit ${hash}, linked by the operator [0-9a-f-]{36} on .*Z$`, 'm'));
    assert.equal((await run.command(['audit', 'verify'])).code, 0);
  });

  test('two people with different roles can each do exactly what they may, on every instance; a role that is taken away or given in Entra counts from the next token on [access.two-principals]', async () => {
    const admin = createDirectoryAdmin(`${env['AZURE_GRAPH_ENDPOINT']}/v1.0`, async () => (await operatorCredential().getToken('https://graph.microsoft.com/.default')).token);
    const api = await siteOf('entraClientId');
    const desk = await admin.registerClient('Desk');
    const [ada, grace] = [await admin.nameOf('ada'), await admin.nameOf('grace')];
    const given = await Promise.all([admin.assignRole(ada, api, 'Tools.compute_primes'), admin.assignRole(grace, api, 'Tools.lookup_fact')]);
    const takeWhoami = await admin.assignRole(ada, api, 'Tools.whoami');
    try {
      const [ofAda, ofGrace] = [new Desk(new URL(staging.mcpUrl), desk.clientId), new Desk(new URL(staging.mcpUrl), desk.clientId)];
      await ofAda.signIn(ada);
      await ofAda.stepUp(ada, 'whoami', {});
      await ofAda.stepUp(ada, 'compute_primes', { limit: 10 });
      await ofGrace.signIn(grace);
      await ofGrace.stepUp(grace, 'lookup_fact', { topic: 'stateless' });
      const withoutFacts = (tools: string[]) => ({ sees: { tools, resources: false, templates: [], prompts: [] }, calls: tools, reads: false, prompts: false, completes: false });
      const withFacts = (tools: string[]) => ({ sees: { tools, resources: true, templates: ['fact://{topic}'], prompts: ['explain_fact'] }, calls: tools, reads: true, prompts: true, completes: true });
      for (let round = 0; round < 3; round += 1) {
        assert.deepEqual(await tryEverything(ofAda.client), withoutFacts(['compute_primes', 'whoami']));
        assert.deepEqual(await tryEverything(ofGrace.client), withFacts(['lookup_fact']));
      }
      assert.deepEqual([ofAda.instances.size, ofGrace.instances.size], [3, 3]);

      await takeWhoami();
      given.push(await admin.assignRole(ada, api, 'Tools.lookup_fact'));
      await ofAda.connect();
      assert.deepEqual((await tryEverything(ofAda.client)).calls, ['compute_primes', 'whoami'], 'a token says what was so when it was issued');
      await ofAda.refresh();
      await ofAda.stepUp(ada, 'lookup_fact', { topic: 'stateless' });
      assert.deepEqual(await tryEverything(ofAda.client), withFacts(['compute_primes', 'lookup_fact']));
      assert.deepEqual(await tryEverything(ofGrace.client), withFacts(['lookup_fact']), 'nobody else is concerned');
      await Promise.all([ofAda.client.close(), ofGrace.client.close()]);
    } finally {
      for (const take of given) await take();
      await desk.remove();
    }
  });

  test('in prod vault and record are closed to the internet; the app and the operator\'s commands work [network.prod]', async () => {
    const [keyUrl, blobUrl] = await Promise.all(['auditSigningKeyUrl', 'stateBlobUrl'].map(async (name) => (await pulumi('prod', ['stack', 'output', name])).stdout.trim()));
    const status = async (url: string, audience: string, localAddress: string): Promise<[number | undefined, string]> => {
      const { token: bearer } = await operatorCredential().getToken(`${audience}/.default`);
      return new Promise((resolve, reject) => {
        httpsRequest(url, { localAddress, agent: false, headers: { authorization: `Bearer ${bearer}`, 'x-ms-version': '2024-11-04' }, ca: readFileSync(env['NODE_EXTRA_CA_CERTS'] ?? '') }, (answer) => {
          let text = '';
          answer.on('data', (chunk: Buffer) => { text += chunk.toString(); });
          answer.on('end', () => resolve([answer.statusCode, text]));
        }).on('error', reject).end();
      });
    };
    for (const [url, audience, refusal] of [[`${keyUrl ?? ''}?api-version=7.5`, 'https://vault.azure.net', 'ForbiddenByConnection'], [`${blobUrl ?? ''}/?comp=list`, 'https://storage.azure.com', 'AuthorizationFailure']] as const) {
      assert.equal((await status(url, audience, '127.0.0.1'))[0], 200, url);
      const [code, text] = await status(url, audience, '127.0.0.9');
      assert.equal(code, 403, url);
      assert.ok(text.includes(refusal), text);
    }
    const { callId } = await rawWhoami(prod.mcpUrl, await token('--stack', 'prod', '--as', 'app', '--tools', 'whoami'), agent);
    const { calls: [call] } = await run.json<{ calls: { callId: string }[] }>(['audit', 'calls', '--tool', 'whoami', '--limit', '1', '--stack', 'prod']);
    assert.equal(call?.callId, callId);
    const verified = await run.command(['audit', 'verify', '--stack', 'prod']);
    assert.equal(verified.code, 0, verified.stdout + verified.stderr);
  });

  test('affinity switched on behind Pulumi\'s back: the same client sticks to one instance; refresh sees the drift, up mends it [affinity.drift]', async () => {
    const bearer = await token('--as', 'app', '--tools', 'whoami');
    const [group, site] = [await siteOf('resourceGroupName'), await siteOf('siteName')];
    const client = new WebSiteManagementClient(operatorCredential(), env['AZURE_SUBSCRIPTION_ID'] ?? '', { endpoint: env['AZURE_RESOURCE_MANAGER_ENDPOINT'] });
    const spread = async (): Promise<{ instances: Set<string | undefined>; cookie: string | undefined }> => {
      const instances = new Set<string | undefined>();
      let cookie: string | undefined;
      for (let call = 0; call < 12; call += 1) {
        const answer = await rawWhoami(staging.mcpUrl, bearer, agent, cookie);
        assert.equal(answer.status, 200);
        instances.add(answer.instance);
        cookie ??= answer.cookies.find((line) => line.startsWith('ARRAffinity='))?.split(';')[0];
      }
      return { instances, cookie };
    };
    const off = await spread();
    assert.deepEqual([off.instances.size, off.cookie], [3, undefined]);

    const patched = await client.webApps.update(group, site, { clientAffinityEnabled: true });
    assert.equal(patched.clientAffinityEnabled, true);
    const on = await spread();
    assert.match(on.cookie ?? '', /^ARRAffinity=[0-9a-f]{64}$/);
    assert.equal(on.instances.size, 1, 'the cookie of the first answer holds the client');

    const drift = await pulumi('staging', ['refresh', '--preview-only', '--expect-no-changes', '--diff']);
    assert.notEqual(drift.code, 0);
    assert.match(drift.stdout, /clientAffinityEnabled\s*: (false => true|true)/);
    const mended = await pulumi('staging', ['up', '--refresh', '--yes', '--skip-preview']);
    assert.equal(mended.code, 0, mended.stdout + mended.stderr);
    assert.equal((await client.webApps.get(group, site)).clientAffinityEnabled, false);
    assert.equal((await spread()).instances.size, 3);
  });

  test('with affinity switched on in the program, up fails on the policy and no resource has changed [policy.affinity]', async () => {
    const copy = copyProgram('infra/components/hostedApp.ts', (text) => text.replaceAll('clientAffinityEnabled: false', 'clientAffinityEnabled: true'));
    try {
      const before = (await pulumi('staging', ['stack', 'export'])).stdout;
      const refused = await run.inCloud('staging', 'pulumi', ['up', '--yes', '--stack', 'staging', '--non-interactive', '--color', 'never'], { cwd: copy });
      assert.notEqual(refused.code, 0);
      assert.match(refused.stdout, /\[mandatory\][\s\S]*affinity-off/);
      assert.equal((await pulumi('staging', ['stack', 'export'])).stdout, before);
    } finally {
      rmSync(copy, { recursive: true });
    }
  });

  test('a tool whose review is overdue is reported by name, and stops nothing [policy.tool-reviewed]', async () => {
    const copy = copyProgram('app/tools/whoami/tool.ts', (text) => text.replace(/reviewedOn: '[^']+', reviewDueOn: '[^']+'/, "reviewedOn: '2019-01-01', reviewDueOn: '2020-01-01'"));
    try {
      const preview = await run.inCloud('staging', 'pulumi', ['preview', '--stack', 'staging', '--non-interactive', '--color', 'never'], { cwd: copy });
      assert.equal(preview.code, 0, preview.stdout + preview.stderr);
      assert.match(preview.stdout, /\[advisory\][\s\S]*tool-reviewed[\s\S]*The review of tool whoami is overdue since 2020-01-01\. Review it\./);
      assert.doesNotMatch(preview.stdout, /The review of tool lookup_fact/);
    } finally {
      rmSync(copy, { recursive: true });
    }
  });

  test('a mandatory finding on a site or a slot stops the preview; an exemption lets it pass, an expired one does not, and the level is the configuration\'s [policy.stops-preview]', async () => {
    const copy = copyProgram('infra/components/hostedApp.ts', (text) => text.replace('httpsOnly: true', 'httpsOnly: false'));
    try {
      assert.equal(env['PULUMI_OPTION_POLICY_PACK_CONFIG'], join(projectDir, 'policy', 'config', 'staging.json'));
      const exemptions = join(copy, 'policy', 'exemptions.yaml');
      const shipped = readFileSync(exemptions, 'utf8');
      const preview = (variables: Record<string, string> = {}): ReturnType<typeof runProcess> => run.inCloud('staging', 'pulumi', ['preview', '--stack', 'staging', '--non-interactive', '--color', 'never'], { cwd: copy, env: { PULUMI_OPTION_POLICY_PACK: join(copy, 'policy'), ...variables } });
      const exempt = (...entries: (readonly [resource: string, expires: string])[]): void => {
        writeFileSync(exemptions, shipped + entries.map(([resource, expires]) => `  - { stack: staging, rule: https-only, resource: "${resource}", reason: a test, owner: tests, ticket: T-1, expires: "${expires}" }\n`).join(''));
      };
      const [site, slot] = ['azure-native:web:WebApp::mcp-staging-', 'azure-native:web:WebAppSlot::staging'] as const;
      const findings = (output: string, level: string): string[] => [...output.matchAll(new RegExp(`\\[${level}\\]\\s+\\[severity: \\w+\\]\\s+(?:https-only|exemptions-in-order)\\s+\\(.*?\\)`, 'g'))].map(([text]) => text.replaceAll(/^.*\]\s+|\s+(?=\()/g, ' ').trim()).sort();

      const refused = await preview();
      assert.notEqual(refused.code, 0);
      assert.deepEqual(findings(refused.stdout, 'mandatory'), ['https-only (azure-native:web:WebApp: mcp-staging-)', 'https-only (azure-native:web:WebAppSlot: staging)']);

      exempt([site, '9999-12-31'], [slot, '9999-12-31']);
      const passed = await preview();
      assert.equal(passed.code, 0, passed.stdout + passed.stderr);
      assert.deepEqual(findings(passed.stdout, 'mandatory'), []);
      assert.match(passed.stdout, /\[advisory\].*https-only[\s\S]*?Exempt until 9999-12-31, ticket T-1/);

      exempt([site, '9999-12-31'], [slot, '2020-01-01']);
      const expired = await preview();
      assert.notEqual(expired.code, 0);
      assert.deepEqual(findings(expired.stdout, 'mandatory'), ['exemptions-in-order (azure-native:web:WebAppSlot: staging)', 'https-only (azure-native:web:WebAppSlot: staging)']);

      exempt();
      const config = join(copy, 'advisory.json');
      writeFileSync(config, readFileSync(join(copy, 'policy', 'config', 'staging.json'), 'utf8').replace('"https-only": "mandatory"', '"https-only": "advisory"'));
      const advised = await preview({ PULUMI_OPTION_POLICY_PACK_CONFIG: config });
      assert.equal(advised.code, 0, advised.stdout + advised.stderr);
      assert.equal(findings(advised.stdout, 'advisory').length, 2);
    } finally {
      rmSync(copy, { recursive: true });
    }
  });

  test('a value that no preview knows is judged with its value before the resource is made: the update stops there [policy.judged-again]', async () => {
    // The scope is made from the id of an assignment that does not exist yet.
    const copy = copyProgram('infra/components/grants.ts', (text) => text.replace('    this.registerOutputs({});', `
    const first = grant('probe-first', builtIn(ROLES.storageBlobDataReader), args.stateContainerIds.records, 'A test.');
    grant('probe-second', builtIn(ROLES.monitoringMetricsPublisher), first.id.apply((id) => id.split('/resourceGroups/')[0] ?? ''), 'A test.');
    this.registerOutputs({});`));
    const inCopy = (args: readonly string[]): ReturnType<typeof runProcess> => run.inCloud('staging', 'pulumi', [...args, '--stack', 'staging', '--non-interactive', '--color', 'never'], { cwd: copy });
    const probes = ['--target', '**probe-first', '--target', '**probe-second'];
    const judged = (output: string): string[] => [...output.matchAll(/\[(\w+)\]\s+\[severity: high\]\s+assignment-scope\s+\([^)]*: (probe-\w+)\)/g)].map(([, level, name]) => `${level} ${name}`).sort();
    try {
      const preview = await inCopy(['preview', ...probes]);
      assert.equal(preview.code, 0, preview.stdout + preview.stderr);
      assert.deepEqual(judged(preview.stdout), ['advisory probe-second']);
      assert.match(preview.stdout, /scope was not judged: it is not known before the change is made/);

      const refused = await inCopy(['up', '--yes', '--skip-preview', ...probes]);
      assert.notEqual(refused.code, 0);
      assert.deepEqual(judged(refused.stdout), ['mandatory probe-second']);
      const state = (await pulumi('staging', ['stack', 'export'])).stdout;
      assert.match(state, /::probe-first"/);
      assert.doesNotMatch(state, /::probe-second"/);
    } finally {
      const removed = await inCopy(['destroy', '--yes', '--skip-preview', '--target', '**probe-first']);
      assert.equal(removed.code, 0, removed.stdout + removed.stderr);
      rmSync(copy, { recursive: true });
    }
  });

  test('a bad setting fails before any resource is made, naming key, value and what is allowed [refuse.settings]', async () => {
    const copy = copyProgram('Pulumi.prod.yaml', (text) => text.replace('instances: "3"', 'instances: "2"').replace('planSku: P0v3', 'planSku: F1'));
    try {
      const config = join(copy, 'Pulumi.prod.yaml');
      const refused = await run.inCloud('prod', 'pulumi', ['preview', '--stack', 'prod', '--non-interactive', '--color', 'never'], { cwd: copy, env: { PULUMI_OPTION_CONFIG_FILE: config } });
      assert.notEqual(refused.code, 0);
      assert.match(refused.stdout + refused.stderr, /mcp-app-service:instances was given "2"; allowed: a whole number from 3 to 30[\s\S]*mcp-app-service:planSku was given "F1"/);
    } finally {
      rmSync(copy, { recursive: true });
    }
  });

  test('the queries of infra/queries tell of the running stack: who called what on which instance, and how evenly [queries.run]', async () => {
    const tools = await askTelemetry(readQuery('tools'));
    assert.ok(Number(tools.find(({ tool }) => tool === 'whoami')?.['calls']) >= 1_800, JSON.stringify(tools));
    const production = await siteOf('siteName');
    assert.equal((await askTelemetry(readQuery('spread'))).filter(({ cloud_RoleName: role }) => role === production).length, 3);
    assert.ok((await askTelemetry(readQuery('principals'))).some(({ user_AuthenticatedId: oid, calls }) => /^[0-9a-f-]{36}$/.test(String(oid)) && Number(calls) >= 1_800));
    assert.ok((await askTelemetry(readQuery('slots'))).some(({ cloud_RoleName: role, application_Version: version }) => role === production && version === '0.1.0'));
    // Metrics leave the instances once a minute.
    await until('metrics of all instances', async () => (await askTelemetry(readQuery('uneven-spread'))).some(({ instances, requests }) => instances === 3 && Number(requests) >= 300), 90_000);
    await until('the denied calls of an earlier test', async () => (await askTelemetry(readQuery('denied-calls'))).some(({ code, tool }) => code === 'MCP_DENIED' && tool === 'whoami'), 90_000);
    // One instance was killed, and the other two went on: none of them has lost a record.
    assert.ok((await askTelemetry(readQuery('audit-failures'))).every(({ lost }) => lost === 0));
  });

  test('npm run status -- --template: what stands in both groups of a stack, as Azure exports it, without a secret [status.template-stack]', async () => {
    const [group, account, site] = [await siteOf('resourceGroupName'), await siteOf('storageAccountName'), await siteOf('siteName')];
    const stateGroup = await siteOf('stateResourceGroupName');
    const client = new WebSiteManagementClient(operatorCredential(), env['AZURE_SUBSCRIPTION_ID'] ?? '', { endpoint: env['AZURE_RESOURCE_MANAGER_ENDPOINT'] });
    const { properties: settings = {} } = await client.webApps.listApplicationSettings(group, site);
    const arm = await operatorCredential().getToken('https://management.azure.com/.default');
    const listed = await fetch(`${env['AZURE_RESOURCE_MANAGER_ENDPOINT']}/subscriptions/${env['AZURE_SUBSCRIPTION_ID']}/resourceGroups/${group}/providers/Microsoft.Storage/storageAccounts/${account}/listKeys?api-version=2024-01-01`, { method: 'POST', headers: { authorization: `Bearer ${arm.token}` } });
    const { keys } = (await listed.json()) as { keys: { value: string }[] };
    const canaries = [await readGeneratedSecret(), ...keys.map(({ value }) => value), settings['APPLICATIONINSIGHTS_CONNECTION_STRING'] ?? '', settings['WEBSITE_RUN_FROM_PACKAGE'] ?? '', env['AZURE_CLIENT_SECRET'] ?? ''];
    assert.ok(canaries.length === 6 && canaries.every((text) => text.length >= 16), 'what must not stand there is known');

    const file = join(run.root, 'template.json');
    const written = await run.command(['status', '--template', '--out', file]);
    assert.deepEqual([written.code, written.stderr], [0, ''], written.stderr);
    const text = readFileSync(file, 'utf8');
    for (const canary of canaries) assert.ok(!text.includes(canary));
    const { resources } = JSON.parse(text) as { resources: { resourceGroup: string; properties: { template: { resources: { type: string; name: string }[] } } }[] };
    assert.deepEqual(resources.map(({ resourceGroup }) => resourceGroup), [group, stateGroup]);
    const has = resources.map(({ properties }) => properties.template.resources.map(({ type, name }) => `${type} ${name.replaceAll(/[0-9a-f]{8}(?=\/|$)/g, '')}`));
    for (const expected of ['Microsoft.Web/sites mcp-staging-', 'Microsoft.Web/sites/slots mcp-staging-/staging', 'Microsoft.Web/sites/config mcp-staging-/web', 'Microsoft.Web/sites/slots/config mcp-staging-/staging/web', 'Microsoft.KeyVault/vaults/secrets mcp-staging-/mcp-request-state-key']) {
      assert.ok(has[0]?.includes(expected), expected);
    }
    assert.ok(has[1]?.includes('Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies mcpstatestaging/default/audit/default'), has[1]?.join());
    assert.ok(!has.flat().some((line) => /appsettings|slotConfigNames|roleAssignments/.test(line)));

    // As against a subscription: groups by name, credentials of the environment.
    const named = await run.inCloud('staging', process.execPath, [join(projectDir, 'scripts', 'run.js'), 'status', '--template', '--resource-group', group, '--resource-group', stateGroup]);
    assert.deepEqual([named.code, JSON.parse(named.stdout)], [0, JSON.parse(text)], named.stderr);
    const refused = await run.inCloud('staging', process.execPath, [join(projectDir, 'scripts', 'run.js'), 'status', '--template', '--resource-group', 'none']);
    assert.deepEqual([refused.code, refused.stdout], [1, '']);
    assert.match(refused.stderr, /TEMPLATE_REFUSED: .*ResourceGroupNotFound/);
  });

  test('a second opinion: checkov finds nothing in either stack that no exemption covers, and what is opened by hand it finds, on site and slot [status.scan-stacks]', async () => {
    interface Scan { scan: { version: string; passed: number; failed: { check: string; resource: string }[]; exempt: { check: string }[]; unused: unknown[] }; notExported: string[] }
    for (const stack of ['staging', 'prod']) {
      const { scan, notExported } = await run.json<Scan>(['status', '--template', '--scan', '--stack', stack]);
      assert.deepEqual([scan.failed, scan.unused, notExported], [[], [], []], stack);
      assert.ok(scan.passed > 40 && scan.exempt.length > 10, `${stack}: ${scan.passed} passed, ${scan.exempt.length} exempt`);
    }
    const [group, site] = [await siteOf('resourceGroupName'), await siteOf('siteName')];
    const client = new WebSiteManagementClient(operatorCredential(), env['AZURE_SUBSCRIPTION_ID'] ?? '', { endpoint: env['AZURE_RESOURCE_MANAGER_ENDPOINT'] });
    const set = async (httpsOnly: boolean, minTlsVersion: string): Promise<void> => {
      await client.webApps.update(group, site, { siteConfig: { minTlsVersion } });
      await client.webApps.updateSlot(group, site, 'staging', { httpsOnly });
    };
    await set(false, '1.0');
    try {
      const { code, stdout } = await run.command(['status', '--template', '--scan', '--json']);
      assert.equal(code, 1, stdout);
      const { scan } = JSON.parse(stdout) as Scan;
      // Both are judged twice: as a web app, and as a function app, which is a site as well.
      const [onSite, onSlot] = ['Microsoft.Web/sites::mcp-staging-', 'Microsoft.Web/sites/slots::mcp-staging-/staging'];
      assert.deepEqual(scan.failed.map(({ check, resource }) => `${check} ${resource}`).sort(), [`CKV_AZURE_145 ${onSite}`, `CKV_AZURE_15 ${onSite}`, `CKV_AZURE_153 ${onSlot}`, `CKV_AZURE_70 ${onSlot}`]);
    } finally {
      await set(true, '1.2');
    }
    assert.deepEqual([(await client.webApps.getConfiguration(group, site)).minTlsVersion, (await client.webApps.getSlot(group, site, 'staging')).httpsOnly], ['1.2', true], 'as it was');
  });

  test('what prod must not lose is locked: it cannot be deleted by mistake [locks.refuse]', async () => {
    const arm = await operatorCredential().getToken('https://management.azure.com/.default');
    const ask = (method: string, path: string, version: string): Promise<Response> => fetch(`${env['AZURE_RESOURCE_MANAGER_ENDPOINT']}${path}?api-version=${version}`, { method, headers: { authorization: `Bearer ${arm.token}` } });
    const listed = await ask('GET', `/subscriptions/${env['AZURE_SUBSCRIPTION_ID']}/providers/Microsoft.Authorization/locks`, '2020-05-01');
    const { value } = (await listed.json()) as { value: { id: string; properties: { level: string } }[] };
    const scopes = value.map(({ id }) => id.replace(/\/providers\/Microsoft\.Authorization\/locks\/.*$/, ''));
    assert.deepEqual(scopes.map((scope) => scope.split('/').at(-2)).sort(), ['storageAccounts', 'vaults', 'workspaces']);
    for (const scope of scopes) {
      const version = scope.includes('/vaults/') ? '2024-11-01' : scope.includes('/workspaces/') ? '2023-09-01' : '2024-01-01';
      const refused = await ask('DELETE', scope, version);
      assert.equal(refused.status, 409);
      assert.match(await refused.text(), /ScopeLocked/);
    }
  });

  test('destroy leaves only what Azure retains, and an up after it succeeds [destroy.up-again]', async () => {
    const [vault, stateGroup] = await Promise.all(['vaultName', 'stateResourceGroupName'].map(async (name) => (await pulumi('prod', ['stack', 'output', name])).stdout.trim()));
    const destroyed = await pulumi('prod', ['destroy', '--yes']);
    assert.equal(destroyed.code, 0, destroyed.stdout + destroyed.stderr);
    const { resources, sites } = await status();
    assert.equal(resources['Microsoft.Resources/resourceGroups'], 3, 'of prod the group stands that holds the record of its calls');
    assert.deepEqual([resources['Microsoft.Authorization/roleAssignments'], resources['Microsoft.Authorization/roleDefinitions'], resources['Microsoft.Authorization/locks']], [7, 2, undefined]);
    // docs/operations.md, "What destroy leaves": all that is left in Azure Resource Manager.
    const left = await run.inCloud('prod', process.execPath, [join(projectDir, 'scripts', 'run.js'), 'status', '--template', '--resource-group', stateGroup ?? '']);
    const { resources: [kept] } = JSON.parse(left.stdout) as { resources: { properties: { template: { resources: { type: string; name: string }[] } } }[] };
    assert.deepEqual(kept?.properties.template.resources.map(({ type, name }) => `${type.replace('Microsoft.Storage/storageAccounts', 'account')} ${name.split('/').slice(1).join('/')}`), [
      'account ', 'account/blobServices default', 'account/fileServices default', 'account/queueServices default', 'account/tableServices default', 'account/blobServices/containers default/access', 'account/blobServices/containers default/anchors', 'account/blobServices/containers default/audit',
      'account/blobServices/containers/immutabilityPolicies default/anchors/default', 'account/blobServices/containers/immutabilityPolicies default/audit/default',
    ]);
    assert.deepEqual([resources['Microsoft.Network/virtualNetworks'], resources['Microsoft.Network/networkSecurityGroups'], resources['Microsoft.Network/privateEndpoints'], resources['Microsoft.Network/privateDnsZones']], [1, 2, undefined, undefined]);
    assert.equal(resources['Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies'], 4);
    assert.equal(new Set(sites.map(({ site }) => site)).size, 1);
    const arm = await operatorCredential().getToken('https://management.azure.com/.default');
    const deleted = await fetch(`${env['AZURE_RESOURCE_MANAGER_ENDPOINT']}/subscriptions/${env['AZURE_SUBSCRIPTION_ID']}/providers/Microsoft.KeyVault/deletedVaults?api-version=2024-11-01`, { headers: { authorization: `Bearer ${arm.token}` } });
    assert.deepEqual(((await deleted.json()) as { value: { name: string }[] }).value.map(({ name }) => name), [vault]);
    const again = await run.json<UpResult>(['up', '--stack', 'prod']);
    assert.equal(again.instances.length, 3);
    assert.equal((await rawWhoami(again.mcpUrl, await token('--stack', 'prod'), agent)).status, 200);
  });

  test('kill -9 of the local Azure itself: down ends the workers it left, up finds everything again [cloud.killed]', async () => {
    const { pid, sites } = await run.json<Status & { pid: number }>(['status']);
    const workers = sites.flatMap(({ instances }) => instances.map((instance) => instance.pid));
    assert.equal(workers.length, 12);
    process.kill(pid, 'SIGKILL');
    await until('the process is gone', async () => (await run.command(['status'])).code === 1);
    assert.equal((await run.command(['down'])).code, 0);
    // An orphan that has ended is counted until the init process has reaped it.
    await until('the workers are gone', async () => !workers.some((worker) => isRunning(worker)));
    const again = await run.json<UpResult>(['up']);
    assert.deepEqual([again.changed, again.mcpUrl], [false, staging.mcpUrl]);
  });

  test('down and up again: the same URLs, no changes; a damaged state file is kept aside and said [cloud.damaged-state]', async () => {
    assert.equal((await run.command(['down'])).code, 0);
    assert.equal((await run.command(['status'])).code, 1);
    const file = join(run.root, 'azure', 'data', 'entra-users.json');
    const damaged = readFileSync(file, 'utf8').slice(0, -20);
    writeFileSync(file, damaged);
    const again = await run.json<UpResult & { notices: string[] }>(['up']);
    assert.deepEqual([again.changed, again.mcpUrl], [false, staging.mcpUrl]);
    const keptAs = /kept as (\S+);/.exec(again.notices.join(' '))?.[1] ?? '';
    assert.equal(readFileSync(keptAs, 'utf8'), damaged);
  });

  /** The rows of a query to Application Insights of the staging stack, by column. */
  async function askTelemetry(query: string): Promise<Record<string, unknown>[]> {
    const [component, group] = [await siteOf('applicationInsightsName'), await siteOf('resourceGroupName')];
    const credential = operatorCredential();
    const { token: bearer } = await credential.getToken('https://api.applicationinsights.io/.default');
    const arm = await credential.getToken('https://management.azure.com/.default');
    const resource = await fetch(`${env['AZURE_RESOURCE_MANAGER_ENDPOINT']}/subscriptions/${env['AZURE_SUBSCRIPTION_ID']}/resourceGroups/${group}/providers/Microsoft.Insights/components/${component}?api-version=2020-02-02`, { headers: { authorization: `Bearer ${arm.token}` } });
    const { properties } = (await resource.json()) as { properties: { AppId: string } };
    const response = await fetch(`${(await status()).urls['monitor']}/v1/apps/${properties.AppId}/query?query=${encodeURIComponent(query)}`, { headers: { authorization: `Bearer ${bearer}` } });
    assert.equal(response.status, 200, await response.clone().text());
    const { tables } = (await response.json()) as { tables: { columns: { name: string }[]; rows: unknown[][] }[] };
    return (tables[0]?.rows ?? []).map((row) => Object.fromEntries(row.map((cell, index): [string, unknown] => [tables[0]?.columns[index]?.name ?? '', cell])));
  }

  /** The generated value in the vault of the staging stack, as its administrator reads it. */
  async function readGeneratedSecret(): Promise<string> {
    const [group, vault] = [await siteOf('resourceGroupName'), await siteOf('vaultName')];
    const arm = await operatorCredential().getToken('https://management.azure.com/.default');
    const resource = await fetch(`${env['AZURE_RESOURCE_MANAGER_ENDPOINT']}/subscriptions/${env['AZURE_SUBSCRIPTION_ID']}/resourceGroups/${group}/providers/Microsoft.KeyVault/vaults/${vault}?api-version=2024-11-01`, { headers: { authorization: `Bearer ${arm.token}` } });
    const { properties } = (await resource.json()) as { properties: { vaultUri: string } };
    const client = new SecretClient(properties.vaultUri, operatorCredential(), { disableChallengeResourceVerification: true });
    const names: string[] = [];
    for await (const { name } of client.listPropertiesOfSecrets()) names.push(name);
    const { value = '' } = await client.getSecret(names[0] ?? '');
    return value;
  }

  function operatorCredential(): ClientSecretCredential {
    return new ClientSecretCredential(env['AZURE_TENANT_ID'] ?? '', env['AZURE_CLIENT_ID'] ?? '', env['AZURE_CLIENT_SECRET'] ?? '', {
      authorityHost: env['AZURE_AUTHORITY_HOST'] ?? '', disableInstanceDiscovery: true,
    });
  }
});

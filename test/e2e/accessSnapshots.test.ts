import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ClientSecretCredential } from '@azure/identity';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { createLocalRun, type LocalRun } from './support/localRun.ts';
import { trust } from './support/mcpLoad.ts';

interface Recorded { takenAt: string; by: { oid: string }; blob: string; digest: string; stream: string }
interface Row { principal: string; kind: string; via: string; client: string | null; tools: string[]; blockedBy: { reason: string; rule?: string; kind?: string } | null }
interface Answer { snapshot: Recorded & { secondsBefore: number }; next: { takenAt: string; changes: boolean } | null; access?: { rows: Row[]; notices: string[] }; findings: { code: string }[] }

/** Who may call, asked of a stack on the local Azure as an auditor asks. Each test leaves the cloud as it found it. */
describe('snapshots of who may call', { concurrency: false }, () => {
  let run: LocalRun;
  let credential: ClientSecretCredential;
  let container: ContainerClient;
  let graphUrl = '';
  let clientId = '';

  before(async () => {
    run = createLocalRun();
    await run.json(['up']);
    const env = await run.cloudEnv('staging');
    trust(env['NODE_EXTRA_CA_CERTS'] ?? '');
    graphUrl = `${env['AZURE_GRAPH_ENDPOINT']}/v1.0`;
    credential = new ClientSecretCredential(env['AZURE_TENANT_ID'] ?? '', env['AZURE_CLIENT_ID'] ?? '', env['AZURE_CLIENT_SECRET'] ?? '', { authorityHost: env['AZURE_AUTHORITY_HOST'] ?? '', disableInstanceDiscovery: true });
    const outputs = JSON.parse((await run.inCloud('staging', 'pulumi', ['stack', 'output', '--json', '--stack', 'staging'])).stdout) as { stateBlobUrl: string; entraClientId: string };
    container = new BlobServiceClient(outputs.stateBlobUrl, credential).getContainerClient('access');
    clientId = outputs.entraClientId;
  });
  after(() => run.close());

  const graph = async <T = { id: string }>(method: string, path: string, body?: unknown): Promise<T> => {
    const { token } = await credential.getToken('https://graph.microsoft.com/.default');
    const answer = await fetch(graphUrl + path, { method, headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${text}`);
    return (text === '' ? {} : JSON.parse(text)) as T;
  };
  const take = (): Promise<Recorded> => run.json<Recorded>(['audit', 'snapshot']);
  const ask = (...args: string[]): Promise<Answer> => run.json<Answer>(['audit', 'access', '--at', ...args]);
  const now = (): string => new Date().toISOString();
  const brief = ({ access }: Answer): string[] | undefined => access?.rows.map(({ principal, via, tools, blockedBy }) => `${principal} ${via}: ${tools.join(' ')}${blockedBy === null ? '' : ` [${blockedBy.reason}]`}`);

  /** Runs something while the commands find Microsoft Graph at another address. */
  const withGraph = async (answer: (path: string) => { status: number; headers?: Record<string, string>; body: unknown } | undefined, work: () => Promise<void>): Promise<void> => {
    const file = join(run.root, 'azure', 'endpoints.json');
    const text = readFileSync(file, 'utf8');
    const proxy: Server = createServer((request, response) => {
      const made = answer(request.url ?? '');
      if (made) return void response.writeHead(made.status, { 'content-type': 'application/json', ...made.headers }).end(JSON.stringify(made.body));
      void fetch(graphUrl.replace('/v1.0', '') + (request.url ?? ''), { headers: { authorization: request.headers.authorization ?? '' } })
        .then(async (real) => response.writeHead(real.status, { 'content-type': 'application/json' }).end(await real.text()));
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    try {
      const endpoints = JSON.parse(text) as { urls: Record<string, string> };
      writeFileSync(file, JSON.stringify({ ...endpoints, urls: { ...endpoints.urls, graph: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` } }));
      await work();
    } finally {
      writeFileSync(file, text);
      proxy.close();
    }
  };

  test('who could call while a group held a role, and after it was taken back: two times, two answers [audit.access-at] [up.snapshot]', async () => {
    const beforeAll = await ask(now());
    assert.match(beforeAll.snapshot.blob, /^snapshots\/\d{4}\/\d\d\/\d\d\/\d{6}z-[0-9a-f]{8}\.json$/, 'the one that up took');
    assert.ok((brief(beforeAll) ?? []).length > 0, 'up has assigned roles to the local user, for whom it calls the tools');

    const [resource] = (await graph<{ value: { id: string; appRoles: { id: string; value: string }[] }[] }>('GET', `/servicePrincipals?$filter=${encodeURIComponent(`appId eq '${clientId}'`)}`)).value;
    const [ada] = (await graph<{ value: { id: string }[] }>('GET', `/users?$filter=${encodeURIComponent("displayName eq 'Ada Lovelace'")}`)).value;
    const [grace] = (await graph<{ value: { id: string }[] }>('GET', `/users?$filter=${encodeURIComponent("displayName eq 'Grace Hopper'")}`)).value;
    const role = resource?.appRoles.find(({ value }) => value === 'Tools.whoami');
    assert.ok(resource && ada && grace && role);
    const make = (name: string) => graph('POST', '/groups', { displayName: name, mailEnabled: false, mailNickname: name, securityEnabled: true });
    const add = (group: string, member: string) => graph('POST', `/groups/${group}/members/$ref`, { '@odata.id': `${graphUrl}/directoryObjects/${member}` });
    const [outer, inner] = [await make('outer'), await make('inner')];
    await add(outer.id, ada.id);
    await add(outer.id, inner.id);
    await add(inner.id, grace.id);
    const assignment = await graph('POST', `/servicePrincipals/${resource.id}/appRoleAssignedTo`, { principalId: outer.id, resourceId: resource.id, appRoleId: role.id });
    const rule = await run.json<{ id: string }>(['access', 'deny', '--client', 'aebc6443-996d-45c2-90f0-388ff96faa56', '--reason', 'an e2e test']);
    const first = await take();
    const between = now();
    await run.command(['access', 'allow', rule.id]);
    await graph('DELETE', `/servicePrincipals/${resource.id}/appRoleAssignedTo/${assignment.id}`);
    for (const { id } of [outer, inner]) await graph('DELETE', `/groups/${id}`);
    const second = await take();

    const held = await ask(between, '--person', ada.id);
    assert.deepEqual(brief(held), [`${ada.id} group ${outer.id}: whoami [deny-rule]`]);
    assert.deepEqual(held.access?.rows[0]?.blockedBy, { reason: 'deny-rule', rule: rule.id, kind: 'client' });
    assert.deepEqual(held.access.notices, [`Group ${outer.id} holds ${inner.id}: members of a group in a group get no role by it.`]);
    assert.deepEqual([held.snapshot.blob, held.snapshot.digest, held.snapshot.takenAt, held.next], [first.blob, first.digest, first.takenAt, { takenAt: second.takenAt, changes: true }]);
    const nested = await ask(between, '--person', grace.id);
    assert.deepEqual([brief(nested), nested.access?.notices.length], [[], 2]);
    const later = await ask(now(), '--person', ada.id);
    assert.deepEqual([brief(later), later.snapshot.digest, later.next], [[], second.digest, null]);
    assert.equal(second.digest, beforeAll.snapshot.digest, 'all is as it was before, to the last byte');
    const unchanged = await take();
    assert.deepEqual([unchanged.digest, unchanged.blob === second.blob], [second.digest, false], 'that nothing changed is recorded as well');
    assert.deepEqual((await ask(second.takenAt)).next, { takenAt: unchanged.takenAt, changes: false });

    const shown = await run.command(['audit', 'access', '--at', between, '--tool', 'whoami']);
    assert.equal(shown.code, 0, shown.stderr);
    assert.match(shown.stdout, new RegExp(`Snapshot +taken ${first.takenAt}.* before, by ${first.by.oid}.*\\n +access/${first.blob}\\n +SHA-256 ${first.digest}, as recorded in ${first.stream}\\nNext +taken ${second.takenAt}, and it shows changes`));
    assert.match(shown.stdout, new RegExp(`${ada.id} +person +group ${outer.id} +aebc6443-996d-45c2-90f0-388ff96faa56 \\(preauthorized\\) +whoami +${rule.id} \\(client\\)`));
  });

  test('the catalogue of a snapshot has the digests under which the running server records calls', async () => {
    const { blob } = await take();
    const { catalogue } = JSON.parse((await container.getBlobClient(blob).downloadToBuffer()).toString('utf8')) as { catalogue: { tools: { name: string; definition: string }[] } };
    const { stdout } = await run.command(['audit', 'export']);
    const streams = stdout.split('\n').filter((line) => line.includes('"kind":"stream"')).map((line) => JSON.parse(line) as { slot: string; catalogue: Record<string, string> }).filter(({ slot }) => slot === 'production');
    assert.ok(streams.length >= 3);
    for (const stream of streams) assert.deepEqual(stream.catalogue, Object.fromEntries(catalogue.tools.map(({ name, definition }) => [name, definition])));
  });

  test('a snapshot that was altered, and one that was removed: exit code 3, which one, and no answer [audit.snapshot-tamper]', async () => {
    const { blob, takenAt, digest } = await take();
    const client = container.getBlockBlobClient(blob);
    const text = (await client.downloadToBuffer()).toString('utf8');
    const put = (content: string) => client.upload(content, Buffer.byteLength(content));
    await put(text.replace('"enabled":true', '"enabled":false'));
    const altered = await run.command(['audit', 'access', '--at', takenAt, '--json']);
    assert.equal(altered.code, 3, altered.stdout + altered.stderr);
    const answer = JSON.parse(altered.stdout) as Answer;
    assert.deepEqual([answer.access, answer.findings.map(({ code }) => code), answer.snapshot.digest], [undefined, ['SNAPSHOT_ALTERED'], digest]);
    assert.match(altered.stderr, new RegExp(`SNAPSHOT_ALTERED: access/${blob} is not the snapshot that was recorded at ${takenAt}: its digest is [0-9a-f]{64}, and the record has ${digest}`));
    await client.delete();
    const removed = await run.command(['audit', 'access', '--at', takenAt]);
    assert.equal(removed.code, 3);
    assert.match(removed.stdout, new RegExp(`SNAPSHOT_REMOVED: The snapshot of ${takenAt} stands in the record, and access/${blob} is not there[^]*Nothing is answered`));
    await put(text);
    assert.equal((await run.command(['audit', 'access', '--at', takenAt])).code, 0);
  });

  test('before the first snapshot: the earliest is named; a time to come and an unknown tool are refused', async () => {
    const early = await run.command(['audit', 'access', '--at', '2020-01-01']);
    assert.equal(early.code, 1);
    assert.match(early.stderr, /SNAPSHOT_NONE_YET: There is no snapshot up to 2020-01-01T23:59:59\.999Z\. The earliest is of 20\d\d-/);
    assert.match((await run.command(['audit', 'access', '--at', '2999-01-01'])).stderr, /BAD_ARGUMENT: --at was given "2999-01-01", which is yet to come/);
    assert.match((await run.command(['audit', 'access', '--at', now(), '--person', 'ada'])).stderr, /BAD_ARGUMENT: --person was given "ada"\. Allowed: a GUID/);
    const unknown = await run.command(['audit', 'access', '--at', now(), '--tool', 'nothing']);
    assert.deepEqual([unknown.code, /SNAPSHOT_NO_SUCH_TOOL.*Tools: .*compute_primes, /.test(unknown.stderr)], [2, true], unknown.stderr);
  });

  test('when Graph is busy it is asked again; when it denies, the permission is named, and an up has not failed for that [up.snapshot]', async () => {
    let busy = 2;
    await withGraph(() => (busy-- > 0 ? { status: 429, headers: { 'retry-after': '1' }, body: { error: { code: 'TooManyRequests', message: 'Slow down.' } } } : undefined), async () => {
      assert.match((await take()).digest, /^[0-9a-f]{64}$/);
    });
    assert.ok(busy < 0);
    await withGraph((path) => (path.includes('/oauth2PermissionGrants') ? { status: 403, body: { error: { code: 'Authorization_RequestDenied', message: 'Insufficient privileges to complete the operation.' } } } : undefined), async () => {
      const denied = await run.command(['audit', 'snapshot']);
      assert.equal(denied.code, 1);
      assert.match(denied.stderr, /SNAPSHOT_GRAPH_DENIED: Microsoft Graph answered 403 for GET \/v1\.0\/oauth2PermissionGrants \(Authorization_RequestDenied: .*The call takes the permission Directory\.Read\.All\./);
      const { notices } = await run.json<{ notices: string[] }>(['up']);
      assert.match(notices.join(), /Who may call after this update is not recorded, SNAPSHOT_GRAPH_DENIED: .* Then: npm run audit -- snapshot --stack staging/);
    });
  });
});

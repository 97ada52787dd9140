import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { unzipSync } from 'fflate';
import { buildPackage, type BuiltPackage } from '../../infra/package/buildPackage.ts';
import { IDENTITY_CLIENT_ID, INGESTION_TOKEN, startAzure, type Envelope, type TestAzure } from './support/azure.ts';
import { createHostFetch } from './support/hostFetch.ts';
import { startServer, type ServerProcess } from './support/serverProcess.ts';
import { ENVIRONMENT, HOST, modernMessage } from './support/testApp.ts';

const APP_DIR = join(import.meta.dirname, '../../app');
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const CALLER_SPAN_ID = 'b7ad6b7169203331';
const HTTP_TRACE_ID = '5af7651916cd43dd8448eb211c80319c';
const CALLS = 6;
/** Loaded before the server: a machine without internet, and a look at what code in the process finds in its environment. */
const PRELOAD = `
  import { syncBuiltinESMExports } from 'node:module';
  import dns from 'node:dns/promises';
  dns.lookup = async (host) => { throw Object.assign(new Error('no such host ' + host), { code: 'ENOTFOUND' }); };
  syncBuiltinESMExports();
  process.on('SIGUSR2', () => console.log('environment ' + JSON.stringify(process.env)));`;

describe('the deployed package', () => {
  let folder: string;
  let built: BuiltPackage;
  let azure: TestAzure;
  let server: ServerProcess;
  let code: number | NodeJS.Signals | null;
  const answers: { status: number; body: { result: { structuredContent: Record<string, unknown> } } }[] = [];

  const call = async (tool: string, args: Record<string, unknown>, meta: Record<string, unknown> = {}): Promise<(typeof answers)[number]> => {
    const answer = await createHostFetch(HOST)(`${server.url}/mcp`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await azure.authority.appToken()}`, 'content-type': 'application/json', accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': tool, 'x-forwarded-for': '203.0.113.9:4711', traceparent: `00-${HTTP_TRACE_ID}-${CALLER_SPAN_ID}-01`,
      },
      body: JSON.stringify(modernMessage('tools/call', { name: tool, arguments: args }, meta)),
    });
    return { status: answer.status, body: (await answer.json()) as (typeof answers)[number]['body'] };
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'package-'));
    built = await buildPackage({ appDir: APP_DIR, outDir: join(folder, 'out') });
    const root = join(folder, 'wwwroot');
    for (const [name, bytes] of Object.entries(unzipSync(await readFile(built.zipPath)))) {
      await mkdir(dirname(join(root, name)), { recursive: true });
      await writeFile(join(root, name), bytes);
    }
    azure = await startAzure(join(folder, 'tls'));
    server = await startServer(join(root, 'server.mjs'), {
      ...azure.environment,
      WEBSITE_SITE_NAME: 'mcp-site',
      WEBSITE_INSTANCE_ID: 'instance-b',
      WEBSITE_RUN_FROM_PACKAGE: `https://account.blob.core.windows.net/packages/${built.digest}.zip`,
      APPSETTING_MCP_REQUEST_STATE_KEY: ENVIRONMENT['MCP_REQUEST_STATE_KEY'] ?? '',
      MSI_SECRET: 'identity-header-value',
      NODE_OPTIONS: `--import data:text/javascript;base64,${Buffer.from(PRELOAD).toString('base64')}`,
    }, folder);
    answers.push(await call('whoami', {}, { traceparent: `00-${TRACE_ID}-${CALLER_SPAN_ID}-01` }));
    answers.push(await call('lookup_fact', { topic: 'nothing of the kind' }));
    while (answers.length < CALLS - 1) answers.push(await call('compute_primes', { limit: 10 }));
    answers.push(await call('check_fact_source', { topic: 'stateless' }));
    const health = await fetch(`${server.url}/health`);
    assert.deepEqual(await health.json(), { status: 'ok', slot: 'production', packageDigest: built.digest, version: '0.1.0', instance: 'instance-b' });
    server.kill('SIGUSR2');
    await server.outputHas('environment {');
    server.kill('SIGTERM');
    code = await server.ended;
  });
  after(async () => {
    server.kill('SIGKILL');
    await azure.close();
    await rm(folder, { recursive: true });
  });

  const requests = (name: RegExp): Envelope[] =>
    azure.envelopes().filter(({ data }) => data.baseType === 'RequestData' && name.test(data.baseData.name ?? ''));

  it('answers tool calls with its own digest [package.starts]', () => {
    assert.deepEqual(answers.map(({ status }) => status), [200, 200, 200, 200, 200, 200]);
    const whoami = answers[0]?.body.result.structuredContent;
    assert.equal(whoami?.['packageDigest'], built.digest);
    assert.equal(whoami?.['instance'], 'instance-b');
    assert.equal(answers[4]?.body.result.structuredContent['count'], 4);
  });

  it('ends with 0 on SIGTERM, its telemetry handed over', () => {
    assert.equal(code, 0, server.output());
    assert.ok(azure.received.length > 0, server.output());
  });

  it('sends telemetry with the token of its managed identity [telemetry.identity]', () => {
    for (const { authorization } of azure.received) assert.equal(authorization, `Bearer ${INGESTION_TOKEN}`);
    assert.ok(azure.identityRequests.length > 0);
    for (const { query, header } of azure.identityRequests) {
      assert.equal(query.get('client_id'), IDENTITY_CLIENT_ID);
      assert.match(query.get('resource') ?? '', /^https:\/\/monitor\.azure\.com\/?$/);
      assert.equal(header, 'identity-header-value');
    }
  });

  it('counts each call once, and no probe', () => {
    assert.equal(requests(/./).length, CALLS, azure.envelopes().map(({ data }) => `${data.baseType} ${data.baseData.name}`).join('\n'));
    assert.deepEqual(requests(/health/), []);
  });

  it('sends one MCP span a call, named by the conventions', () => {
    assert.deepEqual(requests(/^tools\/call/).map(({ data }) => data.baseData.name).sort(), [
      'tools/call check_fact_source', 'tools/call compute_primes', 'tools/call compute_primes', 'tools/call compute_primes', 'tools/call lookup_fact', 'tools/call whoami',
    ]);
    const [whoami] = requests(/whoami$/);
    assert.equal(whoami?.tags['ai.location.ip'], '203.0.113.9');
    const { properties } = whoami?.data.baseData ?? {};
    assert.equal(properties?.['mcp.method.name'], 'tools/call');
    assert.equal(properties?.['gen_ai.tool.name'], 'whoami');
    assert.equal(properties?.['gen_ai.operation.name'], 'execute_tool');
    assert.equal(properties?.['jsonrpc.request.id'], '1');
    assert.equal(properties?.['mcp.protocol.version'], '2026-07-28');
  });

  it('names instance and site in every span', () => {
    for (const { tags } of requests(/./)) {
      assert.equal(tags['ai.cloud.roleInstance'], 'instance-b');
      assert.equal(tags['ai.cloud.role'], 'mcp-site');
    }
  });

  it("continues the caller's trace, with the HTTP request as a link", () => {
    const [whoami] = requests(/whoami$/);
    assert.equal(whoami?.tags['ai.operation.id'], TRACE_ID);
    assert.equal(whoami?.tags['ai.operation.parentId'], CALLER_SPAN_ID);
    assert.match(whoami?.data.baseData.properties?.['_MS.links'] ?? '', new RegExp(`"operation_Id":"${HTTP_TRACE_ID}"`));
  });

  it('marks a refusal by a tool as an error', () => {
    const [lookup] = requests(/lookup_fact$/);
    assert.equal(lookup?.data.baseData.success, false);
    assert.equal(lookup?.data.baseData.properties?.['mcp_server.tool.outcome'], 'refused_by_tool');
    const [whoami] = requests(/whoami$/);
    assert.equal(whoami?.data.baseData.success, true);
    assert.equal(whoami?.data.baseData.properties?.['mcp_server.tool.outcome'], 'ok');
  });

  it('measures the duration of each call', () => {
    const durations = azure.envelopes().filter(({ data }) => data.baseData.metrics?.[0]?.name === 'mcp.server.operation.duration');
    assert.deepEqual(durations.map(({ data }) => [data.baseData.properties?.['gen_ai.tool.name'], data.baseData.metrics?.[0]?.count]).sort(), [
      ['check_fact_source', 1], ['compute_primes', 3], ['lookup_fact', 1], ['whoami', 1],
    ]);
  });

  it('sends one dependency for what a tool reaches out for, under its call [egress.traced]', () => {
    const dependencies = azure.envelopes().filter(({ data }) => data.baseType === 'RemoteDependencyData');
    assert.deepEqual(dependencies.map(({ data }) => [data.baseData.name, data.baseData.success]), [['GET /specification/2026-07-28/basic/transports', false]]);
    const [check] = requests(/check_fact_source$/);
    assert.equal(dependencies[0]?.tags['ai.operation.parentId'], check?.data.baseData.id);
    assert.equal(check?.data.baseData.properties?.['mcp_server.tool.outcome'], 'egress_failed');
  });

  it('leaves no secret in the environment that a tool would see, and still has tokens [egress.secrets]', () => {
    const environment = JSON.parse(/^environment (.+)$/m.exec(server.output())?.[1] ?? '{}') as Record<string, string>;
    assert.equal(environment['IDENTITY_HEADER'], 'held-by-the-server');
    assert.deepEqual(['MSI_SECRET', 'MCP_REQUEST_STATE_KEY', 'APPSETTING_MCP_REQUEST_STATE_KEY'].filter((name) => name in environment), []);
    assert.ok(!server.output().includes(ENVIRONMENT['MCP_REQUEST_STATE_KEY'] ?? assert.fail()));
    assert.equal(environment['IDENTITY_ENDPOINT'], azure.environment['IDENTITY_ENDPOINT']);
    assert.equal(azure.identityRequests[0]?.header, 'identity-header-value');
  });

  it('writes no token into log or telemetry', () => {
    const written = server.output() + JSON.stringify(azure.envelopes());
    assert.ok(!written.includes('eyJ'), 'the beginning of a JSON web token');
    assert.ok(!written.includes(INGESTION_TOKEN));
    assert.ok(!written.includes('identity-header-value'));
  });
});

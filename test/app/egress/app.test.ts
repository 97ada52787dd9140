import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { startAudit, type RunningAudit } from '../../../app/audit/start.ts';
import type { EgressFetch } from '../../../app/egress/egress.ts';
import { EgressError } from '../../../app/egress/errors.ts';
import { tools, type Tool } from '../../../app/tools/index.ts';
import { MemoryStore } from '../audit/support/memoryStore.ts';
import { createTestApp, HOST, modernMessage, type TestApp } from '../support/testApp.ts';
import { PRIVATE, PUBLIC, startInternet, type Internet } from './support/internet.ts';
import { KEY, readPage } from './support/readPage.ts';

const API = 'api.example.com';

interface Called {
  readonly text: string;
  readonly isError: boolean;
  readonly callId: string;
}

describe('a tool that reaches out, in the server', () => {
  let folder: string;
  let internet: Internet;
  let records: MemoryStore;
  let audit: RunningAudit;
  let test: TestApp;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'egress-'));
    internet = await startInternet();
  });
  beforeEach(() => {
    internet.names[API] = [PUBLIC];
  });
  afterEach(async () => {
    await test.app.http.close();
    await audit.close();
  });
  after(async () => {
    await internet.close();
    await rm(folder, { recursive: true });
  });

  const serve = async (tool: Tool, environment: Record<string, string> = {}): Promise<void> => {
    records = new MemoryStore();
    test = await createTestApp({
      tools: [tool],
      egressEdge: internet.edge,
      startAudit: (log) => (audit = startAudit({
        config: { instance: { id: 'i', slot: 'production', packageDigest: undefined, version: '0.1.0' }, audit: { blobUrl: '', signingKeyUrl: '', mode: 'durable', policyVersion: undefined, identityClientId: undefined, spoolFolder: folder } },
        site: 'mcp-site', tools: [tool], log, parts: { records, anchors: new MemoryStore(), sign: async () => ({ key: 'k', signature: 's' }) }, limits: { auditRefusalsMs: 60_000 },
      })),
    }, environment);
  };
  const call = async (name = 'read_page', args: object = {}): Promise<Called> => {
    const { body } = await test.call('tools/call', { name, arguments: args });
    const { content, isError = false, _meta } = body['result'] as { content: { text: string }[]; isError?: boolean; _meta: Record<string, string> };
    return { text: content[0]?.text ?? '', isError, callId: _meta['mcp-app-service/callId'] ?? '' };
  };
  const read = (host: string) => async (fetch: EgressFetch): Promise<string> =>
    (await fetch(`https://${host}:${internet.port}/?key=${KEY}`, { headers: { 'x-api-key': KEY } })).text();
  const declared = () => [{ host: API, port: internet.port }];
  const lines = (kind: string) => records.lines().filter((line) => line['kind'] === kind);
  const outcomes = () => lines('call').map(({ outcome }) => outcome);
  const logged = () => test.log.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ level }) => Number(level) >= 40);
  const closed = async (): Promise<void> => {
    while (internet.open.size > 0) await Promise.all([...internet.open].map((socket) => once(socket, 'close')));
  };

  it('reaches what it declares', async () => {
    internet.routes['/'] = (request, response) => response.end(String(request.headers['x-api-key']));
    await serve(readPage(declared(), read(API)));
    assert.deepEqual(JSON.parse((await call()).text), { text: KEY });
    assert.deepEqual(outcomes(), ['ok']);
  });

  it('is refused what it does not declare: the caller reads why, the record and the log have it, and no secret stands anywhere [egress.refused]', async () => {
    await serve(readPage(declared(), read('evil.example.com')));
    const { text, isError, callId } = await call();
    assert.deepEqual([isError, text], [true, `MCP_EGRESS_REFUSED: Tool read_page may not reach "evil.example.com": the host is not declared. It declares api.example.com:${internet.port}.`]);
    await audit.close();
    assert.deepEqual(outcomes(), ['egress_refused']);
    assert.equal(lines('call')[0]?.['callId'], callId);
    const [{ seq: _seq, prev: _prev, at: _at, ...refusal } = {}] = lines('refusal');
    assert.deepEqual(refusal, {
      kind: 'refusal', code: 'MCP_EGRESS_REFUSED', status: 200, tool: 'read_page', callId, host: 'evil.example.com', reason: 'the host is not declared',
      principal: { oid: '33333333-3333-4333-8333-333333333333', azp: '44444444-4444-4444-8444-444444444444' }, count: 1,
    });
    assert.deepEqual(logged().map(({ code, tool, callId: of, host, reason }) => [code, tool, of, host, reason]), [['MCP_EGRESS_REFUSED', 'read_page', callId, 'evil.example.com', 'the host is not declared']]);
    assert.ok(![JSON.stringify(records.lines()), test.log.join(''), text].join('').includes(KEY));
  });

  it('is refused a private address: it stands in the log, and neither in the answer nor in the record', async () => {
    internet.names[API] = [PRIVATE];
    await serve(readPage(declared(), read(API)));
    const { text } = await call();
    assert.match(text, /its name leads to an address that the tool may not reach/);
    await audit.close();
    assert.equal(logged()[0]?.['address'], PRIVATE);
    assert.ok(![JSON.stringify(records.lines()), text].join('').includes(PRIVATE));
  });

  it('does not hide a refusal by catching it, nor fill the record by repeating it', async () => {
    await serve(readPage(declared(), async (fetch) => {
      for (let count = 0; count < 3; count += 1) await read('evil.example.com')(fetch).catch((error: unknown) => assert.ok(error instanceof EgressError));
      return 'nothing happened';
    }));
    const { isError, callId } = await call();
    await call();
    await audit.close();
    assert.equal(isError, false);
    assert.deepEqual(outcomes(), ['ok', 'ok']);
    assert.deepEqual(lines('refusal').map(({ callId: of, host, count }) => [of, host, count]), [[callId, 'evil.example.com', 1], [undefined, 'evil.example.com', 5]]);
  });

  it('is refused the identity endpoint of its own process, under any name', async () => {
    await serve(readPage(declared(), read(API)), { IDENTITY_ENDPOINT: `http://${PUBLIC}:${internet.port}/msi/token` });
    assert.match((await call()).text, /^MCP_EGRESS_REFUSED: .* its name leads to an address that the tool may not reach/);
  });

  it('tells the caller when a host does not answer, and the log why', async () => {
    delete internet.names[API];
    await serve(readPage(declared(), read(API)));
    const { text, isError } = await call();
    assert.deepEqual([isError, text], [true, 'MCP_EGRESS_UNREACHABLE: Tool read_page has no answer from "api.example.com": its name cannot be resolved here. Try again later; the operators can see the cause.']);
    assert.deepEqual(outcomes(), ['egress_failed']);
    assert.match(JSON.stringify(logged()), /getaddrinfo ENOTFOUND api\.example\.com/);
  });

  it('leaves nothing running: not what it did not read, not what it did not wait for, not after its time', async () => {
    internet.routes['/'] = (_request, response) => void response.write('x');
    let kept: EgressFetch | undefined;
    let left: Promise<unknown> | undefined;
    await serve(readPage(declared(), async (fetch) => {
      kept = fetch;
      left = read(API)(fetch).catch((error: unknown) => error);
      await fetch(`https://${API}:${internet.port}/`);
      return 'done';
    }));
    assert.equal((await call()).isError, false);
    await closed();
    assert.match(String(await left), /The call has ended/);
    await assert.rejects(async () => read(API)(kept ?? assert.fail()), /The call has ended/);
    await test.app.http.close();
    await audit.close();
    await serve(readPage(declared(), read(API), 100));
    assert.match((await call()).text, /did not end within 100 ms/);
    assert.deepEqual(outcomes(), ['timeout']);
    await closed();
  });

  it('stops when its caller goes away [egress.ends]', async () => {
    const arrived = Promise.withResolvers<void>();
    internet.routes['/'] = () => arrived.resolve();
    await serve(readPage(declared(), read(API)));
    const url = await test.app.http.listen({ host: '127.0.0.1', port: 0 });
    const caller = request(`${url}/mcp`, {
      method: 'POST', agent: false,
      headers: { host: HOST, authorization: `Bearer ${await test.authority.appToken()}`, 'content-type': 'application/json', accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'read_page' },
    }).on('error', () => undefined);
    caller.end(JSON.stringify(modernMessage('tools/call', { name: 'read_page', arguments: {} })));
    await arrived.promise;
    caller.destroy();
    await closed();
    await test.app.http.close();
    await audit.close();
    assert.deepEqual(outcomes(), ['cancelled']);
  });

  it('check_fact_source says so where there is no internet', async () => {
    await serve(tools.find(({ name }) => name === 'check_fact_source') ?? assert.fail());
    const { text, isError } = await call('check_fact_source', { topic: 'Stateless' });
    assert.deepEqual([isError, text], [true, 'MCP_EGRESS_UNREACHABLE: Tool check_fact_source has no answer from "modelcontextprotocol.io": its name cannot be resolved here. Try again later; the operators can see the cause.']);
    assert.match((await call('check_fact_source', { topic: 'nothing of the kind' })).text, /No fact is known about "nothing of the kind"\. Known topics: affinity, /);
  });
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { listen, startAzure, type TestAzure } from './support/azure.ts';
import { createHostFetch } from './support/hostFetch.ts';
import { run, startServer, type ServerProcess } from './support/serverProcess.ts';
import { ENVIRONMENT, HOST, modernMessage } from './support/testApp.ts';

const ENTRY = join(import.meta.dirname, '../../app/server.ts');

let folder: string;
let azure: TestAzure;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'server-'));
  azure = await startAzure(join(folder, 'tls'));
});
after(async () => {
  await azure.close();
  await rm(folder, { recursive: true });
});

const message = JSON.stringify(modernMessage('tools/call', { name: 'whoami', arguments: {} }));

async function headersOf(): Promise<Record<string, string>> {
  return {
    authorization: `Bearer ${await azure.authority.appToken()}`,
    'content-type': 'application/json', accept: 'application/json, text/event-stream',
    'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'whoami',
  };
}

async function callWhoami({ url }: ServerProcess): Promise<Response> {
  return createHostFetch(HOST)(`${url}/mcp`, { method: 'POST', headers: await headersOf(), body: message });
}

/** Sends a call up to the middle of its body, so that it is in flight until `finish`. */
async function beginCall({ url }: ServerProcess): Promise<{ socket: Socket; finish(): void; answer: Promise<string> }> {
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port) });
  await once(socket, 'connect');
  const head = Object.entries({ ...(await headersOf()), host: HOST, 'content-length': String(Buffer.byteLength(message)) }).map(([name, value]) => `${name}: ${value}\r\n`).join('');
  // The server asks for the body once it has the head: then the call is in flight.
  socket.write(`POST /mcp HTTP/1.1\r\n${head}expect: 100-continue\r\n\r\n`);
  await once(socket, 'data');
  socket.write(message.slice(0, 20));
  let text = '';
  const answer = new Promise<string>((resolve) => {
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    }).on('close', () => resolve(text)).on('error', () => undefined);
  });
  return { socket, answer, finish: () => socket.write(message.slice(20)) };
}

describe('the start of a server', () => {
  it('fails with one message that lists every bad setting', async () => {
    const failed = run(ENTRY, { MCP_SLOT: 'blue', MCP_REQUEST_STATE_KEY: '@Microsoft.KeyVault(SecretUri=https://v/s/k)' }, folder);
    assert.equal(await failed.ended, 1);
    const output = failed.output();
    assert.match(output, /^MCP_CONFIG_INVALID: 5 settings are not valid:/);
    for (const name of ['MCP_ENTRA_TENANT_ID: is not set', 'MCP_SLOT: "blue" is not valid', 'MCP_REQUEST_STATE_KEY: the Key Vault reference is not resolved']) assert.ok(output.includes(name), output);
    assert.doesNotMatch(output, /at .*\.ts:\d+/, 'no stack trace');
  });

  it('says once that telemetry is off', async () => {
    const server = await startServer(ENTRY, { NODE_EXTRA_CA_CERTS: azure.environment['NODE_EXTRA_CA_CERTS'] ?? '' }, folder);
    server.kill('SIGTERM');
    assert.equal(await server.ended, 0);
    assert.equal(server.output().match(/telemetry is off/g)?.length, 1);
    for (const line of server.output().trim().split('\n')) assert.equal((JSON.parse(line) as { slot: string }).slot, ENVIRONMENT['MCP_SLOT']);
  });

  it('fails when the port is taken', async () => {
    const other = createServer();
    const port = await listen(other);
    const failed = run(ENTRY, { ...ENVIRONMENT, HOST: '127.0.0.1', PORT: String(port) }, folder);
    assert.equal(await failed.ended, 1);
    assert.match(failed.output(), /EADDRINUSE/);
    other.close();
  });
});

describe('SIGTERM', () => {
  it('lets a call in flight end, takes no new one, and ends with 0', async () => {
    const server = await startServer(ENTRY, { ...azure.environment, APPLICATIONINSIGHTS_CONNECTION_STRING: '' }, folder);
    const call = await beginCall(server);
    server.kill('SIGTERM');
    await server.outputHas('"draining"');
    await assert.rejects(fetch(`${server.url}/health`), 'a new connection is refused');
    call.finish();
    const answer = await call.answer;
    assert.match(answer, /^HTTP\/1\.1 200 /m);
    assert.match(answer, /"structuredContent"/);
    assert.match(answer, /^connection: close/im);
    assert.equal(await server.ended, 0);
    assert.match(server.output(), /"drained":true/);
  });

  it('ends calls that outlive the drain time, with 0', async () => {
    const server = await startServer(ENTRY, { ...azure.environment, APPLICATIONINSIGHTS_CONNECTION_STRING: '', MCP_DRAIN_TIMEOUT_MS: '100' }, folder);
    const call = await beginCall(server);
    server.kill('SIGTERM');
    assert.equal(await server.ended, 0);
    assert.match(server.output(), /"drained":false/);
    await call.answer;
  });

  it('closes idle connections at once', async () => {
    const server = await startServer(ENTRY, { ...azure.environment, APPLICATIONINSIGHTS_CONNECTION_STRING: '', MCP_DRAIN_TIMEOUT_MS: '60000' }, folder);
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(server.url).port) });
    socket.write('GET /health HTTP/1.1\r\nhost: x\r\n\r\n');
    await once(socket, 'data');
    server.kill('SIGTERM');
    assert.equal(await server.ended, 0);
    socket.destroy();
  });
});

describe('an ingestion endpoint that', () => {
  const FLUSH_AND_SLACK_MS = 5_000;

  async function useServer(endpoint: string, attempted: (server: ServerProcess) => Promise<void>): Promise<void> {
    const server = await startServer(ENTRY, {
      ...azure.environment,
      WEBSITE_SITE_NAME: 'mcp-site',
      OTEL_BSP_SCHEDULE_DELAY: '50',
      APPLICATIONINSIGHTS_CONNECTION_STRING: `InstrumentationKey=66666666-6666-4666-8666-666666666666;IngestionEndpoint=${endpoint}`,
    }, folder);
    try {
      for (let calls = 0; calls < 20; calls += 1) assert.equal((await callWhoami(server)).status, 200);
      await attempted(server);
      for (let calls = 0; calls < 20; calls += 1) assert.equal((await callWhoami(server)).status, 200);
      const signalledAtMs = performance.now();
      server.kill('SIGTERM');
      assert.equal(await server.ended, 0);
      assert.ok(performance.now() - signalledAtMs < FLUSH_AND_SLACK_MS, 'the end waits no longer than the flush may take');
      assert.ok(server.output().split('\n').length < 30, server.output());
    } finally {
      server.kill('SIGKILL');
    }
  }

  it('is dead fails no call and floods no log', async () => {
    const before = azure.identityRequests.length;
    await useServer('https://127.0.0.1:9/', async () => {
      // The exporter gets a token before it meets the closed port.
      while (azure.identityRequests.length === before) await new Promise((resolve) => setTimeout(resolve, 20));
    });
  });

  it('never answers delays neither calls nor the end', async () => {
    const { createServer: createTcpServer } = await import('node:net');
    const sockets: Socket[] = [];
    const silent = createTcpServer((socket) => {
      sockets.push(socket.on('error', () => undefined));
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    await useServer(`https://127.0.0.1:${port}/`, async () => {
      while (sockets.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    });
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
});

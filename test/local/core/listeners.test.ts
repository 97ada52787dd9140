import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { createContext, type LocalContext } from '../../../local/core/context.ts';
import { PortInUseError } from '../../../local/core/listeners.ts';

async function contextFor(t: TestContext, stateDir = mkdtempSync(join(tmpdir(), 'listeners-'))): Promise<LocalContext> {
  const context = await createContext({ stateDir });
  t.after(async () => {
    await context.listeners.closeAll();
    rmSync(stateDir, { recursive: true, force: true });
  });
  return context;
}

test('a TLS listener is trusted through the local authority, and keeps its port over a restart', async (t) => {
  const context = await contextFor(t);
  const first = await context.listeners.open('web', (_request, response) => response.end('hello'), { tls: true });
  const body = await new Promise<string>((resolve, reject) => {
    get(first.url, { ca: context.tls.authorityPem, agent: false }, (response) => {
      response.setEncoding('utf8');
      response.on('data', resolve);
    }).on('error', reject);
  });
  assert.equal(body, 'hello');
  await first.close();
  const again = await contextFor(t, context.stateDir);
  const second = await again.listeners.open('web', (_request, response) => response.end(), { tls: true });
  assert.equal(second.port, first.port);
  assert.equal(again.tls.authorityPem, context.tls.authorityPem);
});

test('a taken port is an error that names the port and what to do', async (t) => {
  const context = await contextFor(t);
  const port = await context.listeners.reserve('web');
  const squatter = createServer();
  await new Promise<void>((resolve) => squatter.listen(port, '127.0.0.1', resolve));
  t.after(() => squatter.close());
  await assert.rejects(context.listeners.open('web', () => undefined, { tls: false }), (error) => {
    assert.ok(error instanceof PortInUseError);
    assert.equal(error.code, 'LOCAL_PORT_IN_USE');
    assert.match(error.message, new RegExp(`Port ${port} on 127\\.0\\.0\\.1 is taken.*"web".*Stop that program`));
    return true;
  });
});

test('the sealer opens what it sealed, across restarts, and refuses what was altered', async (t) => {
  const context = await contextFor(t);
  const sealed = context.sealer.seal('geheim');
  assert.doesNotMatch(sealed, /geheim/);
  const again = await contextFor(t, context.stateDir);
  assert.equal(again.sealer.open(sealed), 'geheim');
  assert.throws(() => again.sealer.open(`${sealed.slice(0, -2)}AA`));
});

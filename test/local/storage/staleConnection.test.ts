import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, createServer } from 'node:https';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createContext } from '../../../local/core/context.ts';
import type { AccountRecord, AccountStore } from '../../../local/storage/accounts.ts';
import { sendWithKey } from '../../../local/storage/blobs.ts';

test('a read over a kept connection that the emulator has just closed is sent again over a new one; a write is not', async (t) => {
  const stateDir = mkdtempSync(join(tmpdir(), 'stale-'));
  const context = await createContext({ stateDir });
  const seen = new Map<Socket, number>();
  const server = createServer({ cert: context.tls.certificatePem, key: context.tls.keyPem }, (request, response) => {
    const before = seen.get(request.socket) ?? 0;
    seen.set(request.socket, before + 1);
    if (before > 0) request.socket.destroy();
    else response.writeHead(200, { 'content-length': '0' }).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const agent = new Agent({ keepAlive: true, ca: context.tls.authorityPem });
  t.after(async () => {
    agent.destroy();
    server.closeAllConnections();
    server.close();
    await context.listeners.closeAll();
    rmSync(stateDir, { recursive: true });
  });
  const accounts = { keysOf: () => [{ value: Buffer.from('key').toString('base64') }] } as unknown as AccountStore;
  const send = async (method: 'HEAD' | 'DELETE') => {
    const answer = await sendWithKey({ port: (server.address() as AddressInfo).port, agent }, accounts, { name: 'account' } as AccountRecord, { method, path: '/c/b' }, new Date());
    // A connection is kept a little after its answer has ended.
    while (Object.keys(agent.freeSockets).length === 0) await new Promise(setImmediate);
    return answer;
  };
  assert.equal((await send('HEAD')).status, 200);
  assert.equal((await send('HEAD')).status, 200);
  assert.equal(seen.size, 2, 'the second was answered over another connection');
  await assert.rejects(send('DELETE'), { code: 'ECONNRESET' });
});

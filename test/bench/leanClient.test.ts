import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { LeanClient, readAnswer } from '../../bench/load/leanClient.ts';
import { listen } from '../app/support/azure.ts';

test('an answer is read when it is whole, however it is cut', () => {
  const whole = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello');
  for (let length = 0; length < whole.length; length += 1) assert.equal(readAnswer(whole.subarray(0, length)), undefined);
  assert.deepEqual(readAnswer(whole), { status: 200, body: Buffer.from('hello') });
  assert.throws(() => readAnswer(Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')), /Content-Length/);
});

test('more calls than connections wait for their turn; a refusal and a broken connection are errors', async (context) => {
  let answered = 0;
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text)).on('end', () => {
      answered += 1;
      if (answered === 11) response.writeHead(503, { 'content-length': 4 }).end('busy');
      else if (answered === 12) response.destroy();
      else response.end(`${request.method} ${request.url} ${String(request.headers['x-number'])} ${body}`);
    });
  });
  const port = await listen(server);
  const client = new LeanClient(`http://127.0.0.1:${port}/mcp`, { headers: { host: 'mcp.example', 'x-number': '7' }, body: 'grüße' }, 2);
  context.after(() => {
    client.close();
    server.close();
  });
  const bodies = await Promise.all(Array.from({ length: 10 }, () => client.post()));
  assert.deepEqual([...new Set(bodies.map(String))], ['POST /mcp 7 grüße']);
  await assert.rejects(client.post(), { message: 'The server answered 503: busy' });
  await assert.rejects(client.post(), { message: 'The server closed the connection.' });
});

import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import { z } from 'zod';
import { createGraphReader, type GraphReader } from '../../../../scripts/audit/snapshots/graphReader.ts';

const schema = z.object({ id: z.string() });
type Answer = (request: IncomingMessage, response: ServerResponse) => void;

describe('reads of Microsoft Graph', () => {
  let server: Server;
  let url = '';
  let answers: Answer[] = [];
  let waited: number[] = [];
  let asked: string[] = [];
  let reader: GraphReader;

  const json = (status: number, body: unknown, headers: Record<string, string> = {}): Answer => (_request, response) => response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  const refused = (status: number, code: string, headers: Record<string, string> = {}): Answer => json(status, { error: { code, message: 'Because.' } }, headers);

  before(async () => {
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      answer?.(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1.0`;
  });
  after(() => server.close());
  beforeEach(() => {
    [answers, waited, asked] = [[], [], []];
    reader = createGraphReader({ url, token: async () => 'token-1', wait: async (timeMs) => waited.push(timeMs) });
  });

  it('follows the pages, with the token', async () => {
    const tokens: (string | undefined)[] = [];
    answers = [
      (request, response) => {
        tokens.push(request.headers.authorization);
        json(200, { value: [{ id: 'a', displayName: 'Ada' }], '@odata.nextLink': `${url}/users?$skiptoken=1` })(request, response);
      },
      json(200, { value: [{ id: 'b' }] }),
    ];
    assert.deepEqual(await reader.list('/users', schema, 'User.Read.All'), [{ id: 'a' }, { id: 'b' }], 'and names of people are left out');
    assert.deepEqual([asked, tokens], [['/v1.0/users', '/v1.0/users?$skiptoken=1'], ['Bearer token-1']]);
  });

  it('waits as long as Graph asks, in seconds or until a date, else longer each time, and asks again', async () => {
    const inAMinute = new Date(Date.now() + 60_000).toUTCString();
    answers = [refused(429, 'TooManyRequests', { 'retry-after': '7' }), refused(503, 'ServiceUnavailable', { 'retry-after': inAMinute }), refused(500, 'x'), (request) => request.socket.destroy(), refused(504, 'x'), json(200, { id: 'a' })];
    assert.deepEqual(await reader.read('/users/a', schema, 'User.Read.All'), { id: 'a' });
    const [seconds = 0, date = 0, ...others] = waited;
    assert.deepEqual([seconds, others], [7_000, [4_000, 8_000, 16_000]]);
    assert.ok(date > 50_000 && date <= 60_000, `${date} ms`);
  });

  it('gives up after six tries, and at once when it is asked to wait for minutes', async () => {
    answers = [refused(429, 'TooManyRequests', { 'retry-after': '1' })];
    await assert.rejects(reader.list('/groups/g/members?$top=999', schema, 'GroupMember.Read.All'), { code: 'SNAPSHOT_GRAPH_BUSY', message: 'Microsoft Graph answered 429 for GET /v1.0/groups/g/members, the 6th time within 5 s. Run the command again later.' });
    assert.equal(asked.length, 6);
    [answers, asked] = [[refused(429, 'TooManyRequests', { 'retry-after': '3600' })], []];
    await assert.rejects(reader.read('/users/a', schema, 'User.Read.All'), { code: 'SNAPSHOT_GRAPH_BUSY', message: /the 1st time within 0 s, and asks to wait 3600 s/ });
    assert.equal(asked.length, 1);
  });

  it('names the permission that is missing', async () => {
    answers = [refused(403, 'Authorization_RequestDenied')];
    await assert.rejects(reader.list('/groups/g/members', schema, 'GroupMember.Read.All'), {
      code: 'SNAPSHOT_GRAPH_DENIED', message: /^Microsoft Graph answered 403 for GET \/v1\.0\/groups\/g\/members \(Authorization_RequestDenied: Because\.\)\. The call takes the permission GroupMember\.Read\.All; Directory\.Read\.All covers all calls/,
    });
    await assert.rejects(reader.list('/oauth2PermissionGrants', schema, 'Directory.Read.All'), { message: /takes the permission Directory\.Read\.All\. A pipeline needs it as an application permission with admin consent/ });
    assert.equal(asked.length, 2, 'a refusal is not asked again');
  });

  it('knows nothing from a failure: an object that is not there, a collection that is not, another form', async () => {
    answers = [refused(404, 'Request_ResourceNotFound')];
    assert.equal(await reader.read('/groups/g', schema, 'x'), undefined);
    await assert.rejects(reader.list('/groups/g/members', schema, 'x'), { code: 'SNAPSHOT_GRAPH_FAILED', message: /removed meanwhile: run the command again/ });
    answers = [refused(501, 'NotSupportedByLocalAzure')];
    await assert.rejects(reader.read('/x', schema, 'x'), { code: 'SNAPSHOT_GRAPH_FAILED', message: /501 for GET \/v1\.0\/x \(NotSupportedByLocalAzure/ });
    answers = [json(200, { value: [{ name: 'a' }] })];
    await assert.rejects(reader.list('/users', schema, 'x'), { code: 'SNAPSHOT_GRAPH_FAILED', message: /in a form that is not known here, for GET \/users/ });
    assert.deepEqual(waited, []);
  });

  it('gives the token to nobody but Graph', async () => {
    answers = [json(200, { value: [], '@odata.nextLink': 'https://elsewhere.example/v1.0/users' })];
    await assert.rejects(reader.list('/users', schema, 'x'), { code: 'SNAPSHOT_GRAPH_FAILED', message: /outside of Microsoft Graph, at https:\/\/elsewhere\.example/ });
    answers = [(_request, response) => response.writeHead(302, { location: 'https://elsewhere.example/' }).end()];
    await assert.rejects(reader.read('/x', schema, 'x'), { code: 'SNAPSHOT_GRAPH_BUSY' });
  });
});

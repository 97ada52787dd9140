import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createDenyList, createListReader, type DenyList, type ListReading } from '../../../app/access/denyList.ts';
import { createTestApp } from '../support/testApp.ts';

const OTHER = '99999999-9999-4999-8999-999999999999';
const listOf = (...rules: object[]): ListReading => ({ kind: 'list', etag: '"1"', text: JSON.stringify({ format: 1, rules }) });
const rule = (kind: string, value: string, more: object = {}): object => ({ id: `${kind}-1`, kind, value, reason: 'a reason', by: 'operator', at: '2026-11-24T10:00:00Z', ...more });

function create(read: (etag: string | undefined) => Promise<ListReading>, now: () => number = Date.now): DenyList {
  return createDenyList({ read, intervalMs: 60_000, now, log: { warn: () => undefined } });
}

describe('the list of the denied', () => {
  it('stands against a principal, a client or a tool, until its time is over', async () => {
    let nowMs = Date.parse('2026-11-24T12:00:00Z');
    const list = create(async () => listOf(rule('principal', 'O-1'), rule('client', 'a-1'), rule('tool', 'whoami'), rule('principal', 'o-2', { until: '2026-11-24T13:00:00Z' })), () => nowMs);
    await list.refresh();
    const against = (oid: string, azp: string, tool?: string): string | undefined => list.ruleAgainst({ oid, azp }, tool)?.id;
    assert.deepEqual([against('o-1', 'x'), against('x', 'a-1'), against('x', 'x', 'whoami'), against('x', 'x', 'lookup_fact'), against('x', 'x'), against('o-2', 'x')], ['principal-1', 'client-1', 'tool-1', undefined, undefined, 'principal-1']);
    nowMs += 2 * 3_600_000;
    assert.equal(against('o-2', 'x'), undefined);
    list.close();
  });

  it('holds when it cannot be read, or is no list, and goes when it is gone', async () => {
    const readings: (() => ListReading)[] = [
      () => listOf(rule('principal', 'o-1')),
      () => { throw new Error('storage is down'); },
      () => ({ kind: 'list', etag: '"2"', text: '{"format":2}' }),
      () => ({ kind: 'unchanged' }),
      () => ({ kind: 'absent' }),
    ];
    let call = 0;
    const etags: (string | undefined)[] = [];
    // The first reading is the list's own, at its start.
    const list = create(async (etag) => {
      etags.push(etag);
      return (readings[call++] ?? assert.fail('one reading too many'))();
    });
    await new Promise((resolve) => setImmediate(resolve));
    const stands = (): boolean => list.ruleAgainst({ oid: 'o-1', azp: 'x' }) !== undefined;
    const seen = [stands()];
    while (call < readings.length) {
      await list.refresh();
      seen.push(stands());
    }
    assert.deepEqual(seen, [true, true, true, true, false]);
    assert.deepEqual(etags, [undefined, '"1"', '"1"', '"1"', '"1"']);
    list.close();
  });

  it('is read with the identity, and only when it has changed', async () => {
    const requests: { url: string; headers: Headers }[] = [];
    const statuses = [200, 304, 404, 503];
    const read = createListReader({
      blobUrl: 'https://state.example.net', getToken: async (scope) => `token for ${scope}`, timeoutMs: 1_000,
      fetch: async (url, init) => {
        requests.push({ url: String(url), headers: new Headers(init?.headers) });
        const status = statuses.shift() ?? 500;
        return new Response(status === 200 ? '{}' : null, { status, headers: { etag: '"7"' } });
      },
    });
    assert.deepEqual(await read(undefined), { kind: 'list', text: '{}', etag: '"7"' });
    assert.deepEqual([await read('"7"'), await read('"7"')], [{ kind: 'unchanged' }, { kind: 'absent' }]);
    await assert.rejects(read('"7"'), /503/);
    assert.deepEqual(requests.map(({ url, headers }) => [url, headers.get('authorization'), headers.get('if-none-match')]).slice(0, 2), [
      ['https://state.example.net/access/deny.json', 'Bearer token for https://storage.azure.com/.default', null],
      ['https://state.example.net/access/deny.json', 'Bearer token for https://storage.azure.com/.default', '"7"'],
    ]);
  });

  it('keeps a blocked caller from everything, and everybody from a blocked tool [access.deny]', async () => {
    let reading = listOf(rule('principal', OTHER), rule('tool', 'lookup_fact'));
    let list: DenyList | undefined;
    const test = await createTestApp({ startDenyList: () => (list = create(async () => reading)) });
    await list?.refresh();
    const blocked = await test.authority.appToken({ oid: OTHER });
    for (const [method, params] of [['tools/list', {}], ['tools/call', { name: 'whoami', arguments: {} }], ['server/discover', {}]] as const) {
      const answer = await test.call(method, params, { token: blocked });
      assert.deepEqual([answer.status, answer.body['code'], answer.body['detail']], [403, 'MCP_DENIED', 'Rule principal-1 stands against this caller.'], method);
      assert.equal(answer.headers['www-authenticate'], undefined);
    }
    assert.equal((await test.call('tools/call', { name: 'whoami', arguments: {} })).status, 200);
    const tool = await test.call('tools/call', { name: 'lookup_fact', arguments: { topic: 'stateless' } });
    assert.deepEqual([tool.status, tool.body['detail']], [403, 'Rule tool-1 stands against this tool.']);
    assert.ok(!tool.text.includes('a reason'));
    reading = { kind: 'absent' };
    await list?.refresh();
    assert.equal((await test.call('tools/list', {}, { token: blocked })).status, 200);
    await test.app.http.close();
  });
});

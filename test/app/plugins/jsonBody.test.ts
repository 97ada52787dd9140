import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { LIMITS } from '../../../app/limits.ts';
import { exceededJsonLimit } from '../../../app/plugins/jsonBody.ts';
import { createTestApp, type TestApp } from '../support/testApp.ts';

const limits = { maxJsonDepth: 3, maxJsonMembers: 4, maxJsonStringLength: 5 } as const;

describe('exceededJsonLimit', () => {
  const table: [text: string, exceeded: RegExp | undefined][] = [
    ['[[[1]]]', undefined],
    ['[[[[1]]]]', /deeper than the 3 levels/],
    ['{"a":{"b":[{}]}}', /deeper/],
    ['[1,2,3,4]', undefined],
    ['[1,2,3,4,5]', /more than the 4 entries/],
    ['{"a":1,"b":2,"c":3,"d":4,"e":5}', /more than the 4 entries/],
    ['[[1,2],[3,4],[5,6]]', undefined],
    ['"12345"', undefined],
    ['"123456"', /longer than the 5 characters/],
    ['{"123456":1}', /longer/],
    ['"[[[[["', undefined],
    [String.raw`"\"[[["`, undefined],
    [String.raw`["\\",[[[1]]]]`, /deeper/],
    ['"never ends', /longer/],
    [']]]]', undefined],
  ];
  for (const [text, exceeded] of table) {
    it(`${text}: ${exceeded ?? 'within the limits'}`, () => {
      const problem = exceededJsonLimit(text, limits as unknown as typeof LIMITS);
      if (exceeded) assert.match(problem ?? '', exceeded);
      else assert.equal(problem, undefined);
    });
  }

  it('measures what JSON.parse would make of any document', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => {
      const exceeds = depthOf(value) > limits.maxJsonDepth || longestOf(value) > limits.maxJsonMembers || longestStringOf(value) > limits.maxJsonStringLength;
      assert.equal(exceededJsonLimit(JSON.stringify(value), limits as unknown as typeof LIMITS) !== undefined, exceeds);
    }), { seed: 20_261_124, numRuns: 2_000 });
  });
});

function childrenOf(value: unknown): unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value) : [];
}

function depthOf(value: unknown): number {
  return typeof value === 'object' && value !== null ? 1 + Math.max(0, ...childrenOf(value).map(depthOf)) : 0;
}

function longestOf(value: unknown): number {
  return Math.max(childrenOf(value).length, 0, ...childrenOf(value).map(longestOf));
}

/** Of the text as it stands in the document, escapes included. */
function longestStringOf(value: unknown): number {
  if (typeof value === 'string') return JSON.stringify(value).length - 2;
  const keys = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
  return Math.max(0, ...keys.map((key) => longestStringOf(key)), ...childrenOf(value).map(longestStringOf));
}

describe('[limits.json] a request body', () => {
  let testApp: TestApp;
  let authorized: { authorization: string };
  before(async () => {
    testApp = await createTestApp();
    authorized = { authorization: `Bearer ${await testApp.authority.appToken()}` };
  });
  after(() => testApp.app.http.close());

  it('that is nested too deep, has too many entries or too long a string is refused by 400, naming the limit', async () => {
    const bodies: [string, number][] = [
      [`${'['.repeat(LIMITS.maxJsonDepth + 1)}${']'.repeat(LIMITS.maxJsonDepth + 1)}`, LIMITS.maxJsonDepth],
      [`[${'1,'.repeat(LIMITS.maxJsonMembers)}1]`, LIMITS.maxJsonMembers],
      [`"${'x'.repeat(LIMITS.maxJsonStringLength + 1)}"`, LIMITS.maxJsonStringLength],
    ];
    for (const [body, limit] of bodies) {
      const answer = await testApp.post(body, authorized);
      assert.equal(answer.status, 400);
      assert.match(answer.text, /MCP_JSON_LIMIT/);
      assert.match(answer.text, new RegExp(`the ${limit} `));
    }
  });

  it('that is not UTF-8 is refused by 400', async () => {
    const answer = await testApp.app.http.inject({
      method: 'POST', url: '/mcp', headers: { host: 'mcp.example.net', 'content-type': 'application/json', ...authorized }, payload: Buffer.from([0x22, 0xff, 0x22]),
    });
    assert.equal(answer.statusCode, 400);
    assert.match(answer.payload, /not valid UTF-8/);
  });
});

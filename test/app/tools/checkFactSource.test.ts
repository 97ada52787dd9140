import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EgressFetch } from '../../../app/egress/egress.ts';
import { run } from '../../../app/tools/check-fact-source/run.ts';
import { checkFactSource, output } from '../../../app/tools/check-fact-source/tool.ts';
import { facts } from '../../../app/tools/lookup-fact/facts.ts';
import { ToolError } from '../../../app/tools/toolError.ts';

/** Answers a URL as a server does that redirects to a page of its language. */
const answering = (status: number, asked: string[] = []): EgressFetch => async (url) => {
  asked.push(String(url));
  return Object.defineProperty(new Response('page', { status }), 'url', { value: `${String(url)}/en-us` });
};

describe('check_fact_source', () => {
  it('declares the hosts of the pages that the facts cite, and no others', () => {
    const cited = [...new Set([...facts.values()].map(({ url }) => new URL(url).host))].sort();
    assert.deepEqual(checkFactSource.egress.map(({ host, port, addresses }) => [host, port, addresses]), cited.map((host) => [host, 443, 'public']));
  });

  it('asks the page of each fact, and tells its status, final URL and time', async () => {
    for (const [topic, { url }] of facts) {
      const asked: string[] = [];
      const { durationMs, ...answer } = output.parse(await run({ topic: topic.toUpperCase() }, { fetch: answering(200, asked) }));
      assert.deepEqual([asked, answer], [[url], { topic, url, answers: true, status: 200, finalUrl: `${url}/en-us` }]);
      assert.ok(durationMs >= 0);
    }
  });

  it('tells a page that is gone from one that is there', async () => {
    for (const [status, answers] of [[200, true], [404, false], [410, false], [503, false]] as const) {
      assert.equal((await run({ topic: 'affinity' }, { fetch: answering(status) })).answers, answers, String(status));
    }
  });

  it('refuses an unknown topic, with the list of topics, and asks nobody', async () => {
    await assert.rejects(run({ topic: 'nope' }, { fetch: () => assert.fail('it asked') }), (error) => error instanceof ToolError && /Known topics: affinity, /.test(error.message));
  });
});

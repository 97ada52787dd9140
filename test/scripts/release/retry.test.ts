import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createEmptyPipeline, createHttpHeaders, createPipelineRequest, RestError, type HttpClient } from '@azure/core-rest-pipeline';
import { armRetries } from '../../../scripts/release/arm/retry.ts';

type Answer = number | 'broken' | { readonly status: number; readonly retryAfter: string };
const SITE = 'https://management.azure.com/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/site';

/** Sends one request to an ARM that gives these answers, one after the other. */
async function ask(answers: readonly Answer[], url = SITE, method: 'GET' | 'POST' = 'GET') {
  const waits: string[] = [];
  let asked = 0;
  const edge: HttpClient = {
    async sendRequest(request) {
      const answer = answers[asked] ?? 200;
      asked += 1;
      if (answer === 'broken') throw new RestError('the connection broke', { code: 'ECONNRESET', request });
      const { status, retryAfter } = typeof answer === 'number' ? { status: answer, retryAfter: undefined } : answer;
      return { status, request, headers: createHttpHeaders(retryAfter === undefined ? {} : { 'retry-after': retryAfter }) };
    },
  };
  const pipeline = createEmptyPipeline();
  pipeline.addPolicy(armRetries({ onWait: (text) => waits.push(text), firstDelayMs: 1 }), { phase: 'Retry' });
  const outcome = await pipeline.sendRequest(edge, createPipelineRequest({ url: `${url}?api-version=2025-05-01`, method })).then(({ status }) => status, (error: RestError) => error.code);
  return { outcome, asked, waits };
}

describe('requests to Azure Resource Manager', () => {
  it('are sent again after 429, 5xx and broken connections, and what is waited for is told [release.arm-retries]', async () => {
    assert.deepEqual(await ask([{ status: 429, retryAfter: '0' }, 503, 'broken', 500, 200]), {
      outcome: 200, asked: 5, waits: [
        'Azure Resource Manager answered 429, next try in 0 s', 'Azure Resource Manager answered 503, next try in 1 s', 'Azure Resource Manager did not answer (ECONNRESET), next try in 1 s', 'Azure Resource Manager answered 500, next try in 1 s',
      ],
    });
  });

  it('are given up after six more tries', async () => {
    const { outcome, asked, waits } = await ask(Array.from({ length: 10 }, () => 503));
    assert.deepEqual([outcome, asked, waits.length], [503, 7, 6]);
  });

  it('are not sent again when ARM refuses them', async () => {
    for (const status of [400, 403, 404, 409, 501]) assert.deepEqual([(await ask([status])).outcome, (await ask([status])).asked], [status, 1]);
  });

  it('for a swap are sent again when it was not taken, and not when it may be under way', async () => {
    const swap = `${SITE}/slots/staging/slotsswap`;
    assert.deepEqual([(await ask([{ status: 429, retryAfter: '0' }, 202], swap, 'POST')).outcome], [202]);
    for (const answer of [500, 503, 'broken'] as const) assert.equal((await ask([answer], swap, 'POST')).asked, 1);
  });
});

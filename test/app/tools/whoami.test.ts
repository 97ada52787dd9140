import assert from 'node:assert/strict';
import { it } from 'node:test';
import { run } from '../../../app/tools/whoami/run.ts';
import { SILENT_EXCHANGE } from '../support/exchange.ts';
import { output } from '../../../app/tools/whoami/tool.ts';

it('whoami answers without what is unknown', () => {
  const answer = run({}, {
    principal: { kind: 'app', oid: 'o', tid: 't', azp: 'a', idtyp: undefined, name: undefined, agent: undefined, roles: ['r'], scopes: [] },
    instance: { id: undefined, slot: 'staging', packageDigest: undefined, version: '1.2.3' },
    callId: 'c',
    signal: new AbortController().signal, fetch: async () => Response.error(), exchange: SILENT_EXCHANGE, reportChange: async () => 'unavailable',
  });
  assert.deepEqual(answer, { principal: { kind: 'app', oid: 'o', tid: 't', azp: 'a', roles: ['r'], scopes: [] }, instance: 'none', slot: 'staging', version: '1.2.3' });
  assert.equal(output.safeParse(answer).success, true);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pendingCreatesOf, settleCreates, type StackState } from '../../../scripts/cloud/pendingCreates.ts';
import { readSummary as readUpSummary } from '../../../scripts/cloud/updateStack.ts';
import { readSummary as readLoadSummary } from '../../../scripts/load/readSummary.ts';
import { formatTable } from '../../../scripts/table.ts';

function stateWith(pending: { type: string; urn: string }[], standing: string[] = ['root']): StackState {
  return {
    version: 3,
    deployment: {
      resources: standing.map((urn) => ({ urn, id: 'kept' })),
      pending_operations: pending.map(({ type, urn }) => ({ type, resource: { urn, type: 't', inputs: { name: urn }, parent: 'root' } })),
    },
  };
}

test('a create that came about becomes a resource with its id, behind what stood; one that did not is dropped; other operations stay', () => {
  const state = stateWith([{ type: 'creating', urn: 'a' }, { type: 'creating', urn: 'b' }, { type: 'updating', urn: 'root' }]);
  const { deployment } = settleCreates(state, new Map([['a', '/a']]));
  assert.deepEqual(deployment.resources, [{ urn: 'root', id: 'kept' }, { urn: 'a', type: 't', inputs: { name: 'a' }, parent: 'root', id: '/a', outputs: {} }]);
  assert.deepEqual(deployment.pending_operations?.map(({ type }) => type), ['updating']);
  assert.equal(pendingCreatesOf(state).length, 2, 'the given state is left alone');
});

test('a replacement that was cut off does not put two resources under one URN', () => {
  const { deployment } = settleCreates(stateWith([{ type: 'creating', urn: 'root' }]), new Map([['root', '/new']]));
  assert.deepEqual(deployment.resources, [{ urn: 'root', id: 'kept' }]);
});

test('a component that was being registered is dropped: nobody but the engine knows it, and it is registered anew', () => {
  const state: StackState = { deployment: { resources: [{ urn: 'root' }], pending_operations: [{ type: 'creating', resource: { urn: 'c', type: 'mcp:infra:AppSettings', custom: false } }] } };
  assert.deepEqual(pendingCreatesOf(state), []);
  assert.deepEqual(settleCreates(state, new Map()).deployment, { resources: [{ urn: 'root' }], pending_operations: [] });
});

test('the engine\'s summary tells whether anything changed', () => {
  const summary = (lines: string): string => `noise\nResources:\n    + 9 to create\n\nUpdating\nResources:\n${lines}\n\nDuration: 9s\n`;
  assert.deepEqual(readUpSummary(summary('    35 unchanged')), { changed: false, text: '35 unchanged' });
  assert.deepEqual(readUpSummary(summary('    ~ 1 updated\n    +-1 replaced\n    2 changes. 33 unchanged')), { changed: true, text: '~ 1 updated, +-1 replaced, 2 changes. 33 unchanged' });
  assert.deepEqual(readUpSummary('nothing'), { changed: false, text: '' });
});

test('k6\'s summary becomes calls, failures, latency and spread', () => {
  const metrics = {
    http_reqs: { values: { count: 30, rate: 14.96 } },
    http_req_duration: { values: { med: 1.04, 'p(95)': 2.26, 'p(99)': 3 } },
    calls_failed: { values: { count: 1 } },
    calls_aa: { values: { count: 15 } },
    calls_bb: { values: { count: 14 } },
  };
  assert.deepEqual(readLoadSummary(JSON.stringify(metrics)), { calls: 30, failed: 1, callsPerSecond: 15, latencyMs: { median: 1, p95: 2.3, p99: 3 }, spread: { aa: 15, bb: 14 } });
  assert.throws(() => readLoadSummary('{"http_reqs":{}}'));
});

test('a table has columns as wide as their widest cell', () => {
  assert.equal(formatTable([['a', 'bb'], ['ccc', 'd'], ['e']], ' '), ' a    bb\n ccc  d\n e');
});

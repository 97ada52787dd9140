import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createAuditMetrics } from '../../../app/telemetry/auditMetrics.ts';
import { createRequestMetrics, createRequestTelemetry } from '../../../app/telemetry/requestTelemetry.ts';
import { createSampling } from '../../../app/telemetry/sampling.ts';
import { QUERIES, readQuery } from '../../../infra/queries/index.ts';
import { parseQuery, runQuery } from '../../../local/monitor/kql.ts';
import type { Row } from '../../../local/monitor/telemetry.ts';
import { analyse } from './kusto.ts';

const OF_THE_WORKSPACE = 'unhealthy-instances';

/** Names and attributes of the metrics that the app exports, taken from the app. */
function metricsOfTheApp(): { names: Set<string>; attributes: Set<string> } {
  const metrics = createRequestMetrics();
  const request = createRequestTelemetry(createSampling(0), metrics).start({ headers: {}, clientAddress: undefined });
  request.startToolCall({ tool: 'whoami', principal: { oid: 'o', azp: 'a' }, reachesOut: false, requestId: 1, meta: undefined, protocolVersion: undefined }).end('failed');
  request.refused({ code: 'MCP_ROLE_MISSING', status: 403, tool: 'whoami' });
  request.end(403);
  const taken = [metrics.http, metrics.calls, metrics.refusals, ...createAuditMetrics(() => ({ spooledBytes: 0, lost: 0, anchorFailures: 0 }))].map((source) => source.toMetric([0, 0], [1, 0]));
  return {
    names: new Set(taken.map(({ descriptor }) => descriptor.name)),
    attributes: new Set(taken.flatMap(({ dataPoints }) => dataPoints.flatMap(({ attributes }) => Object.keys(attributes)))),
  };
}

describe('the queries', () => {
  it('are those of the folder', () => {
    const files = readdirSync(join(import.meta.dirname, '../../../infra/queries')).filter((name) => name.endsWith('.kql')).map((name) => name.replace(/\.kql$/, ''));
    assert.deepEqual(files.sort(), [...QUERIES]);
  });

  for (const name of QUERIES) {
    it(`${name} is KQL: every table, column, function and type in it is known [queries.parse]`, () => {
      const { problems, columns } = analyse(readQuery(name));
      assert.deepEqual(problems, []);
      assert.ok(Object.keys(columns).length > 1 && !Object.values(columns).includes('unknown'), JSON.stringify(columns));
    });

    it(`${name} says what it tells, and counts sampled rows for all that they stand for`, () => {
      const text = readQuery(name);
      assert.match(text, /^(?:\/\/ .+\n)*\/\/ .+\.\n[A-Za-z]+\n/);
      assert.doesNotMatch(text, /\bcount(if)?\s*\(/, 'one row may stand for many: sum(itemCount), or sum(valueCount) of a metric');
      if (/^requests$/m.test(text)) assert.match(text, /\bsum\(itemCount\)/);
    });
  }

  for (const name of QUERIES.filter((query) => query !== OF_THE_WORKSPACE)) {
    it(`${name} runs on the local Azure, with the columns and types that Kusto gives it`, () => {
      const { columns } = parseQuery(readQuery(name), new Date());
      assert.deepEqual(columns, analyse(readQuery(name)).columns);
    });
  }

  it('ask for metrics and attributes that the app exports [queries.emitted]', () => {
    const { names, attributes } = metricsOfTheApp();
    const asked = QUERIES.map(readQuery).filter((text) => /^customMetrics$/m.test(text)).join('\n');
    const askedNames = [...asked.matchAll(/\bname == "([^"]+)"/g)].map(([, name = '']) => name);
    assert.ok(askedNames.length >= 5);
    assert.deepEqual(askedNames.filter((name) => !names.has(name)), []);
    const askedAttributes = [...asked.matchAll(/customDimensions\["([^"]+)"\]/g)].map(([, name = '']) => name);
    assert.ok(askedAttributes.length >= 3);
    assert.deepEqual(askedAttributes.filter((name) => !attributes.has(name)), []);
  });
});

describe('what the queries find', () => {
  const timestamp = '2030-01-01T12:01:00.000Z';
  const metric = (name: string, instance: string, figures: Row, customDimensions: Record<string, unknown> = {}): Row => ({ name, timestamp, cloud_RoleName: 'site', cloud_RoleInstance: instance, customDimensions, valueCount: 1, ...figures });
  const served = (instance: string, count: number, status = 200): Row => metric('http.server.request.duration', instance, { valueCount: count, value: 1 }, { 'http.response.status_code': status });
  const ask = (name: (typeof QUERIES)[number], rows: readonly Row[]): Record<string, unknown>[] => {
    const { columns, rows: found } = runQuery(parseQuery(readQuery(name), new Date()), rows);
    return found.map((cells) => Object.fromEntries(cells.map((cell, index): [string, unknown] => [columns[index]?.name ?? '', cell])));
  };

  it('an instance that gets nothing is uneven, and even shares are not [queries.spread]', () => {
    const alive = ['a', 'b', 'c'].map((instance) => metric('mcp_server.audit.spooled', instance, { value: 0 }));
    const uneven = (rows: Row[]): unknown => ask('uneven-spread', [...alive, ...rows])[0]?.['unevenPercent'];
    assert.equal(uneven([served('a', 300)]), 200);
    assert.equal(uneven([served('a', 300), served('b', 300)]), 50);
    assert.equal(uneven([served('a', 300), served('b', 300), served('c', 300)]), 0);
    assert.equal(uneven([served('a', 299)]), undefined);
  });

  it('errors are a share of all requests', () => {
    assert.deepEqual(ask('server-errors', [served('a', 90), served('b', 6, 503), served('c', 4, 403)]).map(({ served: all, errors, errorPercent }) => [all, errors, errorPercent]), [[100, 6, 6]]);
    assert.deepEqual(ask('server-errors', [served('a', 9), served('b', 10, 503)]), []);
  });

  it('trouble with the record is found, and its absence is nothing', () => {
    const record = (spooled: number, lost: number, anchors: number): Row[] => [metric('mcp_server.audit.spooled', 'a', { value: spooled }), metric('mcp_server.audit.lost', 'a', { value: lost }), metric('mcp_server.audit.anchor_failures', 'a', { value: anchors })];
    assert.deepEqual(ask('audit-failures', record(0, 0, 0)), []);
    assert.deepEqual(ask('audit-failures', record(512, 0, 0)).map(({ spooledBytes, failures }) => [spooledBytes, failures]), [[512, 1]]);
    assert.deepEqual(ask('audit-failures', record(0, 2, 3)).map(({ lost, anchorFailures, failures }) => [lost, anchorFailures, failures]), [[2, 3, 5]]);
  });

  it('denials are counted, the first request of a client is none', () => {
    const refused = (code: string, count: number): Row => metric('mcp_server.access.refusals', 'a', { value: count }, { 'error.type': code, 'gen_ai.tool.name': 'whoami' });
    assert.deepEqual(ask('denied-calls', [refused('MCP_TOKEN_MISSING', 40), refused('MCP_ROLE_MISSING', 3)]).map(({ code, tool, denied }) => [code, tool, denied]), [['MCP_ROLE_MISSING', 'whoami', 3]]);
  });
});

describe('the parser', () => {
  const wrong: readonly [string, RegExp][] = [
    ['requests | where nme == "a"', /KS142.*'nme'/],
    ['requests | summarize total(itemCount)', /KS211.*'total'/],
    ['request | take 1', /'request'/],
    ['requests | summarize sum(name)', /KS\d+/],
    ['requests | summarise sum(itemCount)', /KS\d+/],
    ['requests | summarize sum(itemCount', /KS\d+/],
  ];
  for (const [text, problem] of wrong) {
    it(`refuses ${text}`, () => assert.match(analyse(text).problems.join('\n'), problem));
  }
});

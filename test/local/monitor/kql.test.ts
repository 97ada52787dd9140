import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseQuery, runQuery } from '../../../local/monitor/kql.ts';
import type { Row } from '../../../local/monitor/telemetry.ts';

const now = new Date('2030-01-01T12:00:00.000Z');
const rows: Row[] = [
  { name: 'tools/call whoami', cloud_RoleInstance: 'a', itemCount: 1, duration: 5, resultCode: '200', customDimensions: {}, timestamp: '2030-01-01T11:59:00.000Z' },
  { name: 'Tools/Call lookup', cloud_RoleInstance: 'b', itemCount: 2, duration: 7.5, resultCode: '500', customDimensions: { tool: 'lookup' }, timestamp: '2030-01-01T11:00:00.000Z' },
  { name: 'POST /mcp', cloud_RoleInstance: 'a', itemCount: 1, duration: 9, resultCode: '200', customDimensions: {}, timestamp: '2030-01-01T10:00:00.000Z' },
];
const run = (text: string): unknown[] => [...runQuery(parseQuery(text, now), rows).rows];
const names = (where: string): unknown[] => run(`requests | where ${where} | summarize count() by name`).map((row) => (row as unknown[])[0]);

describe('The subset of KQL', () => {
  it('compares as Kusto does', () => {
    assert.deepEqual(names('name == "POST /mcp"'), ['POST /mcp']);
    assert.deepEqual(names('name == "post /mcp"'), []);
    assert.deepEqual(names('name startswith "tools/call"'), ['tools/call whoami', 'Tools/Call lookup']);
    assert.deepEqual(names('name has "CALL"'), ['tools/call whoami', 'Tools/Call lookup']);
    assert.deepEqual(names('name has "cal"'), []);
    assert.deepEqual(names('name contains "cal"'), ['tools/call whoami', 'Tools/Call lookup']);
    assert.deepEqual(names("duration > 5 and resultCode != '500'"), ['POST /mcp']);
    assert.deepEqual(names('timestamp > ago(90m)'), ['tools/call whoami', 'Tools/Call lookup']);
  });

  it('summarizes, orders and takes', () => {
    assert.deepEqual(run('requests | summarize calls = sum(itemCount), count() by cloud_RoleInstance | order by calls asc, cloud_RoleInstance'), [['b', 2, 1], ['a', 2, 2]]);
    assert.deepEqual(run('requests | summarize sum(duration) by cloud_RoleInstance | sort by sum_duration | take 1'), [['a', 14]]);
    assert.deepEqual(run('requests | summarize count() // everything'), [[3]]);
  });

  it('joins conditions, calculates and reads members of what is dynamic', () => {
    assert.deepEqual(names('name == "POST /mcp" or itemCount > 1 and duration < 100'), ['Tools/Call lookup', 'POST /mcp']);
    assert.deepEqual(names('(name == "POST /mcp" or itemCount > 1) and duration < 8'), ['Tools/Call lookup']);
    assert.deepEqual(names('customDimensions.tool == "lookup"'), ['Tools/Call lookup']);
    assert.deepEqual(names('tostring(customDimensions["tool"]) == ""'), ['tools/call whoami', 'POST /mcp']);
    assert.deepEqual(names('toint(resultCode) / 100 == 5'), ['Tools/Call lookup']);
    assert.deepEqual(run('requests | extend half = 1 / 2, exact = 1 / 2.0, none = 1 / 0, slow = iff(duration > 6, "slow", "fast") | summarize max(half), max(exact), max(none), calls = count() by slow | order by slow asc'), [['fast', 0, 0.5, null, 1], ['slow', 0, 0.5, null, 2]]);
    assert.deepEqual(run('requests | summarize calls = sum(itemCount) by bin(timestamp, 1h) | order by timestamp asc'), [['2030-01-01T10:00:00.000Z', 1], ['2030-01-01T11:00:00.000Z', 3]]);
  });

  it('aggregates, sampled rows by their weight', () => {
    assert.deepEqual(run('requests | summarize sumif(itemCount, resultCode == "500"), avg(duration), min(timestamp), max(name), dcount(cloud_RoleInstance), p50 = percentilew(duration, itemCount, 50), p95 = percentile(duration, 95)'), [
      [2, 21.5 / 3, '2030-01-01T10:00:00.000Z', 'tools/call whoami', 2, 7.5, 9],
    ]);
    assert.deepEqual(run('requests | where itemCount > 7 | summarize avg(duration), max(duration), sum(itemCount), percentile(duration, 95)'), [[null, null, 0, null]]);
  });

  it('tells the types of the result', () => {
    const { columns } = runQuery(parseQuery('requests | extend share = 1.0 * itemCount | summarize sum(share), sum(itemCount), last = max(timestamp) by bin(timestamp, 5m), name', now), []);
    assert.deepEqual(columns.map(({ name, type }) => `${name}:${type}`), ['timestamp:datetime', 'name:string', 'sum_share:real', 'sum_itemCount:long', 'last:datetime']);
  });

  it('names the operator that is not served', () => {
    const cases: [string, RegExp][] = [
      ['requests | join traces on operation_Id', /"join"/],
      ['requests | project name', /"project"/],
      ['requests | summarize stdev(duration)', /"stdev"/],
      ['requests | summarize max(duration * 2)', /"max" of an expression without a name/],
      ['requests | where name matches regex "x"', /"matches"/],
      ['requests | where tolower(name) == "a"', /"tolower"/],
      ['customEvents | take 1', /"customEvents"/],
      ['requests | summarize count() by duration * 2', /without a name/],
    ];
    for (const [text, said] of cases) assert.throws(() => parseQuery(text, now), { code: 'NotSupportedByLocalAzure', status: 501, message: said }, text);
  });

  it('says where a query is wrong', () => {
    for (const text of ['requests |', 'requests | where', 'requests | order name', 'requests | take many', 'requests | where name == "open', '']) {
      assert.throws(() => parseQuery(text, now), { code: 'SyntaxError', status: 400 }, text);
    }
    assert.throws(() => parseQuery('requests | where nome == "a"', now), { code: 'SemanticError', message: /"nome".*There are: .*name/ });
    for (const text of [
      'requests | summarize count() by name | where duration > 1', 'requests | where name == 1', 'requests | where name', 'requests | where name and itemCount > 1', 'requests | extend a = name + "b"',
      'requests | extend a = iff(itemCount > 1, "a", 1)', 'requests | extend a = iff(itemCount, 1, 2)', 'requests | extend a = round(duration)', 'requests | extend a = name.b', 'requests | extend a = bin(name, 1h)', 'requests | summarize sum()',
    ]) assert.throws(() => parseQuery(text, now), { code: 'SemanticError', status: 400 }, text);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseQuery, runQuery } from '../../../local/monitor/kql.ts';
import type { Row } from '../../../local/monitor/telemetry.ts';

const now = new Date('2030-01-01T12:00:00.000Z');
const rows: Row[] = [
  { name: 'tools/call whoami', cloud_RoleInstance: 'a', itemCount: 1, duration: 5, resultCode: '200', timestamp: '2030-01-01T11:59:00.000Z' },
  { name: 'Tools/Call lookup', cloud_RoleInstance: 'b', itemCount: 2, duration: 7.5, resultCode: '500', timestamp: '2030-01-01T11:00:00.000Z' },
  { name: 'POST /mcp', cloud_RoleInstance: 'a', itemCount: 1, duration: 9, resultCode: '200', timestamp: '2030-01-01T10:00:00.000Z' },
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

  it('names the operator that is not served', () => {
    const cases: [string, RegExp][] = [
      ['requests | join traces on operation_Id', /"join"/],
      ['requests | extend a = 1', /"extend"/],
      ['requests | summarize avg(duration)', /"avg"/],
      ['requests | where name matches regex "x"', /"matches"/],
      ['requests | where name == "a" or name == "b"', /"or"/],
      ['requests | where tolower(name) == "a"', /"tolower"/],
      ['requests | where customDimensions.a == "b"', /customDimensions/],
      ['requests | where name == name', /"name"/],
      ['customEvents | take 1', /"customEvents"/],
      ['requests | where name == "a" + "b"', /"\+"/],
    ];
    for (const [text, said] of cases) assert.throws(() => parseQuery(text, now), { code: 'NotSupportedByLocalAzure', status: 501, message: said }, text);
  });

  it('says where a query is wrong', () => {
    for (const text of ['requests |', 'requests | where', 'requests | order name', 'requests | take many', 'requests | where name == "open', '']) {
      assert.throws(() => parseQuery(text, now), { code: 'SyntaxError', status: 400 }, text);
    }
    assert.throws(() => parseQuery('requests | where nome == "a"', now), { code: 'SemanticError', message: /"nome".*There are: .*name/ });
    assert.throws(() => parseQuery('requests | summarize count() by name | where duration > 1', now), { code: 'SemanticError' });
  });
});

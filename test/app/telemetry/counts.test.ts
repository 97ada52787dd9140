import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { createAuditMetrics } from '../../../app/telemetry/auditMetrics.ts';
import { produceMetrics, type MetricSource } from '../../../app/telemetry/metricSource.ts';
import { createRequestMetrics, createRequestTelemetry } from '../../../app/telemetry/requestTelemetry.ts';
import { roleNameOf } from '../../../app/telemetry/roleName.ts';
import { createSampling } from '../../../app/telemetry/sampling.ts';

/** Names of the metrics and their points, as a collection has them. */
async function collect(producer: ReturnType<typeof produceMetrics>): Promise<unknown[]> {
  const { resourceMetrics } = await producer.collect();
  return resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics).map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints.map(({ attributes, value }) => [attributes, value])]);
}

describe('counts', () => {
  it('tell refusals over access by code and tool, and begin anew with each collection [telemetry.refusals]', async () => {
    const metrics = createRequestMetrics();
    const request = createRequestTelemetry(createSampling(0), metrics).start({ headers: {}, clientAddress: undefined });
    request.refused({ code: 'MCP_ROLE_MISSING', status: 403, tool: 'whoami' });
    request.refused({ code: 'MCP_ROLE_MISSING', status: 403, tool: 'whoami' });
    request.refused({ code: 'MCP_TOKEN_INVALID', status: 401, tool: undefined });
    const producer = produceMetrics(resourceFromAttributes({}), [metrics.refusals], Date.now);
    assert.deepEqual(await collect(producer), [['mcp_server.access.refusals', [
      [{ 'error.type': 'MCP_ROLE_MISSING', 'http.response.status_code': 403, 'gen_ai.tool.name': 'whoami' }, 2],
      [{ 'error.type': 'MCP_TOKEN_INVALID', 'http.response.status_code': 401 }, 1],
    ]]]);
    assert.deepEqual(await collect(producer), []);
  });
});

describe('metrics of the record', () => {
  it('tell what waits and what has been lost since the last time; zeros too, and sources that join later [telemetry.audit]', async () => {
    let health = { spooledBytes: 0, lost: 0, anchorFailures: 1 };
    const sources: MetricSource[] = [];
    const producer = produceMetrics(resourceFromAttributes({}), sources, Date.now);
    assert.deepEqual(await collect(producer), []);
    sources.push(...createAuditMetrics(() => health));
    const told = (spooled: number, lost: number, anchorFailures: number) => [['mcp_server.audit.spooled', [[{}, spooled]]], ['mcp_server.audit.lost', [[{}, lost]]], ['mcp_server.audit.anchor_failures', [[{}, anchorFailures]]]];
    assert.deepEqual(await collect(producer), told(0, 0, 1));
    health = { spooledBytes: 4_096, lost: 3, anchorFailures: 1 };
    assert.deepEqual(await collect(producer), told(4_096, 3, 0));
    assert.deepEqual(await collect(producer), told(4_096, 0, 0));
  });
});

describe('the role name', () => {
  it('tells a slot from production', () => {
    assert.deepEqual([roleNameOf('mcp-1a2b', 'production'), roleNameOf('mcp-1a2b', 'staging')], ['mcp-1a2b', 'mcp-1a2b/staging']);
  });
});

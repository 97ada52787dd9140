/*
 * k6 script: every iteration calls the tool whoami and counts which instance answered.
 * Settings come by environment, so that the token stands in no process list: MCP_URL, MCP_TOKEN, MCP_INSTANCES, MCP_VUS, MCP_DURATION_S.
 */
import http from 'k6/http';
import { Counter } from 'k6/metrics';

const { MCP_URL, MCP_TOKEN, MCP_INSTANCES, MCP_VUS, MCP_DURATION_S } = __ENV;
const failed = new Counter('calls_failed');
// Metrics are made before the first call, so the instances have to be known by then.
const answered = Object.fromEntries(MCP_INSTANCES.split(',').map((id) => [id, new Counter(`calls_${id}`)]));

export const options = {
  vus: Number(MCP_VUS),
  duration: `${MCP_DURATION_S}s`,
  summaryTrendStats: ['med', 'p(95)', 'p(99)'],
};

const body = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'whoami', arguments: {}, _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} } },
});
const headers = {
  authorization: `Bearer ${MCP_TOKEN}`,
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
  'mcp-protocol-version': '2026-07-28',
  'mcp-method': 'tools/call',
  'mcp-name': 'whoami',
};

export default function () {
  const response = http.post(MCP_URL, body, { headers });
  const counter = answered[(response.headers['X-Instance-Id'] || '').slice(0, 8)];
  if (response.status === 200 && counter) counter.add(1);
  else failed.add(1);
}

export function handleSummary(data) {
  return { stdout: JSON.stringify(data.metrics) };
}

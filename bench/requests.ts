import { ASKED_TOPIC, TRIVIAL_TOOL } from './trivialTool.ts';

/** What is measured: a method in a protocol version. The first one is the headline: what a current client does most. */
export const MEASUREMENTS = ['tools/call 2026-07-28', 'tools/list 2026-07-28', 'tools/call 2025-11-25', 'tools/list 2025-11-25'] as const;
export type Measurement = (typeof MEASUREMENTS)[number];

export const MCP_PATH = '/mcp';
/** The name under which a client knows the server, whatever port it has. */
export const PUBLIC_HOST = 'mcp.example.net';

/** A POST request, byte by byte the same for every server. */
export interface BenchRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * The request of a measurement. It carries the access token to every server, so that all of them parse the same headers.
 * Source: Model Context Protocol 2026-07-28 and 2025-11-25, basic/transports.
 */
export function requestOf(measurement: Measurement, accessToken: string): BenchRequest {
  const [method = '', version = ''] = measurement.split(' ');
  const params = method === 'tools/call' ? { name: TRIVIAL_TOOL.name, arguments: { topic: ASKED_TOPIC } } : {};
  return version === '2026-07-28' ? modernRequest(method, params, accessToken) : legacyRequest(method, params, accessToken);
}

/** A call of any tool in the current protocol version. */
export function modernRequest(method: string, params: Readonly<Record<string, unknown>>, accessToken: string): BenchRequest {
  const name = params['name'];
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1.0.0' },
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  return {
    headers: {
      ...headersOf('2026-07-28', accessToken),
      'mcp-method': method,
      ...(typeof name === 'string' ? { 'mcp-name': name } : {}),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: meta } }),
  };
}

function legacyRequest(method: string, params: Readonly<Record<string, unknown>>, accessToken: string): BenchRequest {
  return { headers: headersOf('2025-11-25', accessToken), body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }) };
}

function headersOf(protocolVersion: string, accessToken: string): Record<string, string> {
  return {
    host: PUBLIC_HOST,
    authorization: `Bearer ${accessToken}`,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'mcp-protocol-version': protocolVersion,
  };
}

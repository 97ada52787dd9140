import { buildApp, type App, type Dependencies } from '../../../app/app.ts';
import { readConfig } from '../../../app/config.ts';
import { CLIENT_ID, createAuthority, fetchOf, TENANT_ID, type TestAuthority } from './authority.ts';

export const HOST = 'mcp.example.net';

/** The settings that every start needs, with values that pass. */
export const ENVIRONMENT: Readonly<Record<string, string>> = {
  MCP_ENTRA_TENANT_ID: TENANT_ID,
  MCP_ENTRA_CLIENT_ID: CLIENT_ID,
  MCP_ALLOWED_HOSTS: `${HOST}, mcp-staging.example.net`,
  MCP_ALLOWED_ORIGINS: 'https://inspector.example.net',
  MCP_SLOT: 'production',
  MCP_REQUEST_STATE_KEY: Buffer.alloc(32, 7).toString('base64url'),
  WEBSITE_INSTANCE_ID: 'instance-a',
  WEBSITE_RUN_FROM_PACKAGE: `https://account.blob.core.windows.net/packages/${'ab'.repeat(32)}.zip`,
};

export interface TestApp {
  readonly app: App;
  readonly authority: TestAuthority;
  /** The log lines so far. */
  readonly log: string[];
  /** Sends a JSON-RPC message of protocol version 2026-07-28 with the headers that it needs. */
  call(method: string, params: Record<string, unknown>, options?: CallOptions): Promise<Answer>;
  /** Sends any body to /mcp. */
  post(payload: string, headers?: Record<string, string>): Promise<Answer>;
}

export interface CallOptions {
  /** A token of an app that may call everything when absent; null for none. */
  readonly token?: string | null;
  readonly headers?: Record<string, string>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly text: string;
  readonly body: Record<string, unknown>;
}

export async function createTestApp(dependencies: Dependencies = {}, environment: Record<string, string> = {}): Promise<TestApp> {
  const authority = await createAuthority();
  const log: string[] = [];
  const app = buildApp(readConfig({ ...ENVIRONMENT, ...environment }), {
    fetch: fetchOf(authority),
    logStream: { write: (line) => log.push(line) },
    ...dependencies,
  });
  await app.http.ready();
  const post: TestApp['post'] = async (payload, headers = {}) => {
    const answer = await app.http.inject({
      method: 'POST',
      url: '/mcp',
      headers: { host: HOST, 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
      payload,
    });
    return { status: answer.statusCode, headers: answer.headers, text: answer.payload, body: parseBody(answer.payload) };
  };
  return {
    app,
    authority,
    log,
    post,
    async call(method, params, { token, headers } = {}) {
      const bearer: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token ?? (await authority.appToken())}` };
      const name = params['name'];
      return post(JSON.stringify(modernMessage(method, params)), {
        ...bearer,
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': method,
        ...(typeof name === 'string' ? { 'mcp-name': name } : {}),
        ...headers,
      });
    },
  };
}

export function modernMessage(method: string, params: Record<string, unknown>, meta: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    jsonrpc: '2.0',
    id: 1,
    method,
    params: {
      ...params,
      _meta: {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientCapabilities': {},
        'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
        ...meta,
      },
    },
  };
}

/** An object body; for an event stream, its only message; empty when there is none. */
function parseBody(text: string): Record<string, unknown> {
  const json = /^data: (\{.*)$/m.exec(text)?.[1] ?? text;
  return json.startsWith('{') ? (JSON.parse(json) as Record<string, unknown>) : {};
}

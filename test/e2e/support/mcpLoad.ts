import { readFileSync } from 'node:fs';
import type { Agent} from 'node:https';
import { request } from 'node:https';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

/** Trusts the local authority in this process, and only here: node:test gives each test file a process. */
export function trust(authorityFile: string): void {
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(authorityFile, 'utf8')]);
}

export interface Whoami {
  readonly instance: string;
  readonly slot: string;
  readonly packageDigest: string;
  readonly version: string;
  readonly principal: { readonly oid: string; readonly kind: string };
}

/** The official client, signed in with a token. */
export async function connect(url: string, token: string, mode: 'auto' | 'legacy' = 'auto'): Promise<Client> {
  const client = new Client({ name: 'e2e', version: '1.0.0' }, { versionNegotiation: { mode } });
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers: { authorization: `Bearer ${token}` } } }));
  return client;
}

/**
 * Calls whoami through several official clients at once and counts who answered.
 * @returns calls by instance
 */
export async function countByInstance(url: string, token: string, calls: number, clients: number): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  let left = calls;
  await Promise.all(Array.from({ length: clients }, async () => {
    const client = await connect(url, token);
    while (left-- > 0) {
      const result = await client.callTool({ name: 'whoami', arguments: {} });
      const { instance } = result.structuredContent as Whoami;
      counts.set(instance, (counts.get(instance) ?? 0) + 1);
    }
    await client.close();
  }));
  return counts;
}

export interface RawAnswer {
  readonly status: number;
  readonly instance: string | undefined;
  readonly cookies: readonly string[];
  readonly callId: string | undefined;
}

/** One whoami call by plain HTTP, with the cookies given. A broken connection is status 0. */
export function rawWhoami(url: string, token: string, agent: Agent, cookie?: string): Promise<RawAnswer> {
  const body = JSON.stringify({
    jsonrpc: '2.0', id: 1, method: 'tools/call',
    params: { name: 'whoami', arguments: {}, _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} } },
  });
  return new Promise((resolve) => {
    const failed = (): void => resolve({ status: 0, instance: undefined, cookies: [], callId: undefined });
    const outgoing = request(url, {
      agent,
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'tools/call',
        'mcp-name': 'whoami',
        'content-length': Buffer.byteLength(body),
        ...(cookie === undefined ? {} : { cookie }),
      },
    }, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8').on('data', (chunk: string) => { text += chunk; });
      incoming.on('error', failed);
      incoming.on('aborted', failed);
      incoming.on('end', () => {
        const instance = /"instance":"([0-9a-f]+)"/.exec(text.replaceAll('\\"', '"'))?.[1];
        resolve({ status: incoming.statusCode ?? 0, instance, cookies: incoming.headers['set-cookie'] ?? [], callId: [incoming.headers['mcp-call-id']].flat()[0] });
      });
    });
    outgoing.on('error', failed);
    outgoing.end(body);
  });
}

/** Waits until a condition holds, looking every 100 ms. @throws Error when it does not within the time */
export async function until(what: string, condition: () => Promise<boolean>, timeoutMs = 60_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited ${timeoutMs} ms for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

import { Agent, request } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';

/** What an answer has to be, beside status 200. */
type Judge = (result: Record<string, unknown>) => string | undefined;

interface Call {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly judge: Judge;
}

/** Constant traffic of the MCP endpoint over connections that stay open. */
export interface Traffic {
  /** Answers so far that were as they have to be, by protocol version. */
  readonly answered: Readonly<Record<string, number>>;
  /** Versions of the package that whoami has named. */
  readonly versions: Set<string>;
  /** What was not as it has to be: a status, a broken connection, an answer. */
  readonly failures: readonly string[];
  stop(): Promise<void>;
}

const VERSIONS = ['2026-07-28', '2025-11-25'] as const;
/** A call of a tool a round of lists: limits of callers are not what is tried here. */
const LISTS_A_CALL = 40;

/**
 * @param connections one request at a time on each; half of them in each protocol version
 * @param pauseMs between an answer and the next request on its connection
 * @param slot that every answer of whoami has to name
 */
export function startTraffic(url: string, token: string, { connections, slot, pauseMs = 0 }: { readonly connections: number; readonly slot: string; readonly pauseMs?: number }): Traffic {
  const answered: Record<string, number> = Object.fromEntries(VERSIONS.map((version) => [version, 0]));
  const versions = new Set<string>();
  const failures: string[] = [];
  let isOver = false;
  const list: Judge = ({ tools }) => (Array.isArray(tools) && tools.length > 0 ? undefined : 'tools/list without tools');
  const whoami: Judge = ({ structuredContent }) => {
    const { slot: named, version = '' } = (structuredContent ?? {}) as { slot?: string; version?: string };
    versions.add(version);
    return named === slot ? undefined : `whoami of slot ${named}`;
  };
  const loops = Array.from({ length: connections }, async (_, place) => {
    const version = VERSIONS[place % VERSIONS.length] ?? VERSIONS[0];
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const [listing, calling] = [callOf(version, token, 'tools/list', {}, list), callOf(version, token, 'tools/call', { name: 'whoami', arguments: {} }, whoami)];
    for (let count = place; !isOver; count += 1) {
      const problem = await send(url, agent, count % LISTS_A_CALL === 0 ? calling : listing);
      if (problem === undefined) answered[version] = (answered[version] ?? 0) + 1;
      else failures.push(`${version}: ${problem}`);
      if (pauseMs > 0) await delay(pauseMs);
    }
    agent.destroy();
  });
  return {
    answered, versions, failures,
    async stop() {
      isOver = true;
      await Promise.all(loops);
    },
  };
}

function callOf(version: string, token: string, method: string, params: Record<string, unknown>, judge: Judge): Call {
  const isModern = version === VERSIONS[0];
  const meta = isModern ? { _meta: { 'io.modelcontextprotocol/protocolVersion': version, 'io.modelcontextprotocol/clientCapabilities': {} } } : {};
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, ...meta } });
  return {
    body, judge,
    headers: {
      authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json, text/event-stream', 'content-length': String(Buffer.byteLength(body)), 'mcp-protocol-version': version,
      ...(isModern ? { 'mcp-method': method, ...(method === 'tools/call' ? { 'mcp-name': 'whoami' } : {}) } : {}),
    },
  };
}

/** @returns what was wrong */
function send(url: string, agent: Agent, { headers, body, judge }: Call): Promise<string | undefined> {
  return new Promise((resolve) => {
    const outgoing = request(url, { agent, method: 'POST', headers }, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8').on('data', (chunk: string) => { text += chunk; });
      incoming.once('error', ({ message }) => resolve(message));
      incoming.once('end', () => {
        if (incoming.statusCode !== 200) return resolve(`status ${incoming.statusCode} ${text.slice(0, 200)}`);
        const { result } = JSON.parse(text) as { result?: Record<string, unknown> };
        resolve(result === undefined ? text.slice(0, 200) : judge(result));
      });
    });
    outgoing.once('error', ({ message }) => resolve(message));
    outgoing.end(body);
  });
}

import { Agent, request } from 'node:https';
import type { JsonObject } from '../arm/types.ts';
import { AzureError } from '../core/errors.ts';

/** JSON over HTTPS to a service of the local Azure, as the provider's HTTP pipeline does it. */
export interface ServiceClient {
  /**
   * @param path path and query below the service's URL
   * @returns status, headers and parsed body
   * @throws AzureError with the service's code and message, for an answer of 400 or above
   */
  send(method: string, path: string, body?: unknown): Promise<ServiceAnswer>;
  close(): void;
}

export interface ServiceAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: JsonObject | undefined;
}

/** Shorter than the services keep an idle connection: the client is the one that closes it. */
const IDLE_TIMEOUT_MS = 30_000;

/**
 * @param baseUrl URL of the service without trailing slash
 * @param authorityPem certificate authority to trust
 * @param token gives the bearer token of each request
 */
export function createServiceClient(baseUrl: string, authorityPem: string, token: () => Promise<string>): ServiceClient {
  const agent = new Agent({ keepAlive: true, timeout: IDLE_TIMEOUT_MS, ca: authorityPem });
  return {
    async send(method, path, body) {
      const answer = await exchange(agent, method, new URL(baseUrl + path), await token(), body);
      if (answer.status < 400) return answer;
      const error = answer.body?.['error'] as { code?: string; message?: string } | undefined;
      throw new AzureError(answer.status, error?.code ?? `HTTP ${answer.status}`, error?.message ?? `${method} ${path} answered ${answer.status}.`);
    },
    close: () => agent.destroy(),
  };
}

function exchange(agent: Agent, method: string, url: URL, token: string, body: unknown): Promise<ServiceAnswer> {
  const payload = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const outgoing = request(url, {
      agent,
      method,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        ...(payload === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
      },
    }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: parseObject(text) });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(payload);
  });
}

function parseObject(text: string): JsonObject | undefined {
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as JsonObject;
  } catch {
    return undefined;
  }
}

/** What a tool may say of a request: the part of the platform's RequestInit that has a meaning here. */
export interface EgressInit {
  readonly method?: string;
  readonly headers?: NonNullable<RequestInit['headers']>;
  /** Anything but a stream: a redirect may have to send it again. */
  readonly body?: string | URLSearchParams | FormData | Blob | ArrayBuffer | Uint8Array<ArrayBuffer> | null;
  /** Ends the request earlier than the call ends. */
  readonly signal?: AbortSignal | null;
  /** `follow` when absent: to declared hosts, at most a few times. */
  readonly redirect?: 'follow' | 'manual' | 'error';
}

/** One request as it goes out. */
export interface Outgoing {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: Buffer | undefined;
}

/** How the connection is used is not the tool's to say; with another Host a shared front end would serve another site than the declared one. */
const CLIENT_HEADERS = ['connection', 'content-length', 'expect', 'host', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade'];
const PROXY_HEADER = /^proxy-/;

/** What goes along to another origin. A list of what carries no credentials: any other header may be an API key. */
const HEADERS_ACROSS_ORIGINS = ['accept', 'accept-encoding', 'accept-language', 'content-language', 'content-type', 'user-agent'];
const CONTENT_HEADERS = ['content-encoding', 'content-language', 'content-location', 'content-type'];
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * Reads what a tool passes to `fetch` with the platform's own class: it checks method and headers, and writes the body and its type.
 * @throws TypeError as the platform's fetch does
 */
export async function toOutgoing(url: URL, { method = 'GET', headers, body }: EgressInit): Promise<Outgoing> {
  const request = new Request(url, { method, ...(headers === undefined ? {} : { headers }), ...(body === undefined ? {} : { body }) });
  return { url, method: request.method, headers: new Headers(request.headers), body: request.body === null ? undefined : Buffer.from(await request.arrayBuffer()) };
}

/** The first header that is not the tool's to set. */
export function clientHeaderIn(headers: Headers): string | undefined {
  return [...headers.keys()].find((name) => CLIENT_HEADERS.includes(name) || PROXY_HEADER.test(name));
}

/** Where an answer redirects to; undefined when it does not. */
export function locationOf(status: number, location: string | undefined): string | undefined {
  return REDIRECTS.has(status) ? location : undefined;
}

/**
 * The request that follows a redirect. Source: Fetch Standard, "HTTP-redirect fetch"; stricter in what crosses to another origin.
 * @throws TypeError for a location that is no URL
 */
export function redirected({ url, method, headers, body }: Outgoing, status: number, location: string): Outgoing {
  const next = new URL(location, url);
  const becomesGet = (status === 303 && method !== 'GET' && method !== 'HEAD') || ((status === 301 || status === 302) && method === 'POST');
  const kept = new Headers(headers);
  if (becomesGet) for (const name of CONTENT_HEADERS) kept.delete(name);
  if (next.origin !== url.origin) for (const name of [...kept.keys()]) if (!HEADERS_ACROSS_ORIGINS.includes(name)) kept.delete(name);
  return { url: next, method: becomesGet ? 'GET' : method, headers: kept, body: becomesGet ? undefined : body };
}

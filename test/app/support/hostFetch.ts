import { request, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

/**
 * A `fetch` that reaches a server by one address and names another host, as the front end of App Service does.
 * The built-in one does not let a Host header through.
 */
export function createHostFetch(host: string): typeof fetch {
  return async (input, init) => {
    const { url, method, headers, body, signal: followed } = new Request(input, init);
    // The signal of a Request follows the one it was given only until the Request is garbage.
    const signal = init?.signal ?? followed;
    const payload = body === null ? undefined : Buffer.from(await new Response(body).arrayBuffer());
    const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = request(url, { method, headers: { ...Object.fromEntries(headers), host }, signal, agent: false }, resolve);
      outgoing.on('error', reject).end(payload);
    });
    const answerHeaders = new Headers();
    for (const [name, value] of Object.entries(incoming.headers)) answerHeaders.set(name, String(value));
    const status = incoming.statusCode ?? 0;
    const hasBody = ![202, 204, 304].includes(status);
    if (!hasBody) incoming.resume();
    return new Response(hasBody ? (Readable.toWeb(incoming) as ReadableStream) : null, { status, headers: answerHeaders });
  };
}

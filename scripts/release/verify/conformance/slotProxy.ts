import { createServer, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type AddressInfo } from 'node:net';

export interface SlotProxy {
  /** On loopback, without a slash at its end. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Passes requests on to a slot with an access token, since the conformance suite has no option for headers. Where the suite names the proxy in Host or
 * Origin, the slot's own host goes on; what it forges goes on as it is, for the slot to refuse.
 */
export async function startSlotProxy(slotUrl: string, token: string): Promise<SlotProxy> {
  const target = new URL(slotUrl);
  // Not that of the Host header, which the suite forges; an address has no name to tell.
  const servername = isIP(target.hostname) === 0 ? target.hostname : '';
  const request = target.protocol === 'https:' ? httpsRequest : httpRequest;
  const server = createServer((incoming, outgoing) => {
    const { host = '', origin, connection: _connection, ...headers } = incoming.headers;
    const own = new Set(ownNames());
    // A client that is no browser sends no Origin.
    const passed = { ...headers, host: own.has(host) ? target.host : host, ...(origin === undefined || own.has(origin.replace(/^https?:\/\//, '')) ? {} : { origin }), authorization: `Bearer ${token}` };
    const onward = request({ host: target.hostname, port: target.port, servername, path: incoming.url, method: incoming.method, headers: passed, agent: false }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  const port = (): number => (server.address() as AddressInfo).port;
  const ownNames = (): string[] => [`127.0.0.1:${port()}`, `localhost:${port()}`];
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${port()}`,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}

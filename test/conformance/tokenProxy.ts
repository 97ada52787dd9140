import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TokenProxy {
  /** Base URL, without a trailing slash. */
  readonly url: string;
  /** Where requests go from now on. */
  forwardTo(target: URL): void;
  close(): Promise<void>;
}

/** Passes requests on with an access token: the conformance suite has no option for headers. Host, body and streams go through as they are. */
export async function startTokenProxy(token: () => Promise<string>): Promise<TokenProxy> {
  let target: URL | undefined;
  const server = createServer((incoming, outgoing) => {
    void (async () => {
      const authorization = `Bearer ${await token()}`;
      const onward = request({ host: target?.hostname, port: target?.port, path: incoming.url, method: incoming.method, headers: { ...incoming.headers, authorization } }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      onward.on('error', () => outgoing.destroy());
      outgoing.on('close', () => onward.destroy());
      incoming.pipe(onward);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    forwardTo(next) {
      target = next;
    },
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}

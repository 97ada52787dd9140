import { createServer, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface TokenProxy {
  /** Base URL, without a trailing slash. */
  readonly url: string;
  /** Where requests go from now on. */
  /** @param ca certificate authority of an https target, as PEM */
  forwardTo(target: URL, ca?: string): void;
  close(): Promise<void>;
}

/** Passes requests on with an access token: the conformance suite has no option for headers. Host, body and streams go through as they are. */
export async function startTokenProxy(token: () => Promise<string>, onAnswer: (headers: IncomingHttpHeaders) => void = () => undefined): Promise<TokenProxy> {
  let target: URL | undefined;
  let authority: string | undefined;
  const server = createServer((incoming, outgoing) => {
    void (async () => {
      const authorization = `Bearer ${await token()}`;
      const request = target?.protocol === 'https:' ? httpsRequest : httpRequest;
      const onward = request({ ca: authority, servername: 'localhost', host: target?.hostname, port: target?.port, path: incoming.url, method: incoming.method, headers: { ...incoming.headers, authorization } }, (answer) => {
        onAnswer(answer.headers);
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
    forwardTo(next, ca) {
      target = next;
      authority = ca;
    },
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}

import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { judgeAddress, type AddressKind } from '../../../../app/egress/addresses.ts';
import type { EgressEdge } from '../../../../app/egress/client.ts';
import { ensureCertificates, type TlsMaterial } from '../../../../local/core/certificates.ts';

/** The address that the tests take for one of the internet, and one that they take for one of a virtual network. */
export const PUBLIC = '127.0.0.1';
export const PRIVATE = '127.0.0.2';

/** Hosts on loopback, by TLS, as every name below example.com: at PUBLIC and, with the same port, at PRIVATE. */
export interface Internet {
  readonly port: number;
  readonly requests: IncomingMessage[];
  /** Connections that have been opened so far. */
  readonly connections: () => number;
  /** Sockets that are open. */
  readonly open: ReadonlySet<Socket>;
  /** What answers by path; a path that is missing here is answered 404. */
  readonly routes: Record<string, RequestListener>;
  /** What names resolve to; a list of lists is used up, one for each question. Others do not exist. */
  readonly names: Record<string, readonly string[] | string[][]>;
  /** Questions to the resolver so far. */
  readonly questions: string[];
  readonly tls: TlsMaterial;
  readonly edge: EgressEdge;
  close(): Promise<void>;
}

export async function startInternet(): Promise<Internet> {
  const folder = await mkdtemp(join(tmpdir(), 'internet-'));
  const tls = await ensureCertificates(folder, undefined, ['*.example.com']);
  const requests: IncomingMessage[] = [];
  const questions: string[] = [];
  const routes: Internet['routes'] = {};
  const names: Internet['names'] = {};
  const open = new Set<Socket>();
  let connections = 0;
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    requests.push(request);
    const route = routes[(request.url ?? '').split('?')[0] ?? ''];
    if (route) route(request, response);
    else response.writeHead(404).end();
  };
  const servers = [PUBLIC, PRIVATE].map(() => createServer({ cert: tls.certificatePem, key: tls.keyPem, keepAliveTimeout: 60_000 }, answer));
  for (const server of servers) {
    server.on('connection', (socket: Socket) => {
      connections += 1;
      open.add(socket);
      socket.once('close', () => open.delete(socket));
    });
  }
  const [publicServer, privateServer] = servers as [typeof servers[0], typeof servers[0]];
  await once(publicServer.listen(0, PUBLIC), 'listening');
  const { port } = publicServer.address() as AddressInfo;
  await once(privateServer.listen(port, PRIVATE), 'listening');
  const resolve: EgressEdge['resolve'] = async (host) => {
    questions.push(host);
    const known = names[host];
    const addresses = Array.isArray(known?.[0]) ? (known as string[][]).shift() : (known as string[] | undefined);
    if (!addresses) throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' });
    return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  };
  return {
    port, requests, routes, names, questions, tls, open,
    connections: () => connections,
    edge: { resolve, judge: judgeLoopback, ca: tls.authorityPem, connectTimeoutMs: 2_000 },
    async close() {
      for (const server of servers) {
        server.closeAllConnections();
        server.close();
      }
      await rm(folder, { recursive: true });
    },
  };
}

function judgeLoopback(address: string): AddressKind {
  if (address === PUBLIC) return 'public';
  return address === PRIVATE ? 'private' : judgeAddress(address);
}

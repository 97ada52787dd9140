import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import type { TlsMaterial } from './certificates.ts';
import type { DocumentStore } from './documents.ts';

export const LOOPBACK = '127.0.0.1';

/** Idle connections stay open longer than any client here keeps them, so that no request meets a connection that is just being closed. */
const KEEP_ALIVE_TIMEOUT_MS = 120_000;

/** One open port of the local Azure. */
export interface Listener {
  readonly name: string;
  readonly port: number;
  /** Scheme, host and port, without a trailing slash. */
  readonly url: string;
  readonly server: Server;
  /** Stops accepting, ends idle connections, and resolves when the port is free. */
  close(): Promise<void>;
}

/** Opens ports on loopback and remembers each by name, so that URLs stay the same after a restart. */
export interface Listeners {
  /**
   * @param name stable name of the port, for instance `arm` or `site:mcp-1a2b`
   * @throws PortInUseError when the remembered port is taken by another program
   */
  open(name: string, handler: RequestListener, options: { tls: boolean }): Promise<Listener>;
  /**
   * Binds what is no HTTP server to the remembered port of a name, and remembers the port that it got.
   * @param bind binds to the given port, 0 for any free one, and resolves to the port bound
   */
  claim(name: string, bind: (port: number) => Promise<number>): Promise<number>;
  /** The port that a name holds or held; undefined before its first `open`. */
  portOf(name: string): number | undefined;
  /** Reserves a port for a name without serving it yet, so that its URL can be told. */
  reserve(name: string): Promise<number>;
  /** Forgets the port of a name whose resource is gone. */
  forget(name: string): void;
  closeAll(): Promise<void>;
}

/** A remembered port is taken. Code: LOCAL_PORT_IN_USE. */
export class PortInUseError extends Error {
  readonly code = 'LOCAL_PORT_IN_USE';
  readonly port: number;
  constructor(name: string, port: number) {
    super(
      `Port ${port} on ${LOOPBACK} is taken by another program; the local Azure serves "${name}" there, and the deployed URLs name it. ` +
        `Stop that program (ss -ltnp 'sport = :${port}' shows it) and run the command again.`,
    );
    this.name = 'PortInUseError';
    this.port = port;
  }
}

/** @param tls certificate and key of the TLS listeners */
export function createListeners(documents: DocumentStore, tls: TlsMaterial): Listeners {
  const ports = documents.collection('ports', z.number().int().min(1).max(65_535));
  const open = new Map<string, Listener>();
  const claim = async (name: string, bind: (port: number) => Promise<number>): Promise<number> => {
    const known = ports.get(name);
    const port = await bind(known ?? 0);
    if (known !== port) ports.put(name, port);
    return port;
  };
  return {
    claim,
    async open(name, handler, { tls: encrypted }) {
      const server = encrypted
        ? createHttpsServer({ cert: tls.certificatePem, key: tls.keyPem }, handler)
        : createHttpServer(handler);
      server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS;
      const port = await claim(name, (wanted) => listen(server, name, wanted));
      const listener: Listener = {
        name,
        port,
        url: `${encrypted ? 'https' : 'http'}://${LOOPBACK}:${port}`,
        server,
        async close() {
          open.delete(name);
          await new Promise<void>((resolve) => {
            server.close(() => resolve());
            server.closeAllConnections();
          });
        },
      };
      open.set(name, listener);
      return listener;
    },
    portOf: (name) => ports.get(name),
    async reserve(name) {
      const known = ports.get(name);
      if (known !== undefined) return known;
      return claim(name, async () => {
        const probe = createHttpServer();
        const port = await listen(probe, name, 0);
        await new Promise<void>((resolve) => probe.close(() => resolve()));
        return port;
      });
    },
    forget(name) {
      ports.delete(name);
    },
    async closeAll() {
      await Promise.all([...open.values()].map((listener) => listener.close()));
    },
  };
}

function listen(server: Server, name: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? new PortInUseError(name, port) : error),
    );
    server.listen(port, LOOPBACK, () => resolve((server.address() as AddressInfo).port));
  });
}

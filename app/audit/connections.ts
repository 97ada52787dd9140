import { Pool } from 'undici';

/** Who writes sends one request after the other. */
const CONNECTIONS = 1;
/** The connection is there when the next record comes; the service closes one that is idle for longer. */
const KEEP_ALIVE_MS = 30_000;

/** A module of its own, so that the package's bundle loads undici at the first use and not at the start. */
export function openConnections(origin: string): Pool {
  return new Pool(origin, { connections: CONNECTIONS, keepAliveTimeout: KEEP_ALIVE_MS });
}

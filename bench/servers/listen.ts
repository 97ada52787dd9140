import type { FastifyInstance } from 'fastify';

/** Listens on a free port of 127.0.0.1, says where, and ends on SIGTERM. */
export async function listenOnLoopback(http: FastifyInstance): Promise<void> {
  const url = await http.listen({ host: '127.0.0.1', port: 0 });
  process.on('SIGTERM', () => process.exit(0));
  process.stdout.write(`listening on ${url}\n`);
}

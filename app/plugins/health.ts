import type { FastifyInstance } from 'fastify';
import type { Instance } from '../tools/toolContext.ts';

/** `/health`: the process answers. No dependency is asked, so that an outage elsewhere cannot take every instance out of rotation. */
export function registerHealth(app: FastifyInstance, instance: Instance): void {
  const { id, ...rest } = instance;
  const body = JSON.stringify({ status: 'ok', ...rest, ...(id === undefined ? {} : { instance: id }) });
  app.get('/health', async (_request, reply) =>
    reply.header('cache-control', 'no-store').type('application/json; charset=utf-8').send(body));
}

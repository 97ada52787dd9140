import type { FastifyInstance } from 'fastify';

/**
 * Ends connections as soon as their last answer is out, once the server closes. Node closes only those that are idle at that moment:
 * one that becomes idle later would hold the end up for its whole keep-alive time.
 */
export function registerDraining(app: FastifyInstance): void {
  let draining = false;
  app.addHook('preClose', async () => {
    draining = true;
  });
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (draining) reply.header('connection', 'close');
    done(null, payload);
  });
  app.addHook('onResponse', (_request, _reply, done) => {
    // For answers whose headers were out before: streams.
    if (draining) setImmediate(() => app.server.closeIdleConnections());
    done();
  });
}

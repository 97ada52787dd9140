import { fastify } from 'fastify';
import { UMBRELLA_ROLE } from '../../app/tools/wellKnownAccess.ts';
import type { Principal } from '../../app/tools/principal.ts';
import { listenOnLoopback } from './listen.ts';
import { registerRoutes } from './mcpRoutes.ts';

/** The MCP routes with a fixed caller. */
const caller: Principal = { kind: 'app', oid: 'caller', tid: 'tenant', azp: 'client', idtyp: 'app', name: undefined, agent: undefined, roles: [UMBRELLA_ROLE], scopes: [] };

const http = fastify();
registerRoutes(http, (request, _reply, done) => {
  request.principal = caller;
  done();
});
await listenOnLoopback(http);

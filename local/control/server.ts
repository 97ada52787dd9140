import Fastify, { type FastifyInstance } from 'fastify';
import { timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { JsonObject } from '../arm/types.ts';
import { AzureError, toErrorBody } from '../core/errors.ts';
import type { LocalContext } from '../core/context.ts';

/** What the command surface may ask of a running local Azure. Nothing of it exists in Azure. */
export interface ControlActions {
  status(): unknown;
  /** A token that the named API accepts. */
  issueToken(request: TokenRequest): Promise<{ accessToken: string; expiresOn: Date }>;
  /** Resolves when the site and its slots serve, or the time is over. @returns what does not serve, with the reason */
  waitUntilServing(site: string, timeoutMs: number): Promise<string[]>;
  /** The id of what a create with these inputs made, where there is such a resource. */
  locate(type: string, inputs: JsonObject): Promise<string | undefined>;
  stop(): void;
}

const tokenRequestSchema = z.strictObject({
  applicationClientId: z.uuid(),
  as: z.enum(['user', 'app', 'agent']),
  tools: z.array(z.string().min(1)).optional(),
});
export type TokenRequest = z.infer<typeof tokenRequestSchema>;

const locateSchema = z.strictObject({ type: z.string().min(1), inputs: z.record(z.string(), z.json()) });
const waitSchema = z.strictObject({ site: z.string().min(1), timeoutMs: z.number().int().min(0).max(600_000) });

/**
 * The control surface of the local Azure, for the commands on the same machine.
 * @param key secret that every request carries; it stands in a file that only the owner reads
 */
export function createControlServer(context: LocalContext, key: string, actions: ControlActions): FastifyInstance {
  const app = Fastify({ bodyLimit: 64 * 1024 });
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof AzureError) return reply.code(error.status).send(toErrorBody(error));
    if (error instanceof z.ZodError) return reply.code(400).send(toErrorBody(new AzureError(400, 'BadRequest', z.prettifyError(error))));
    context.log.error({ err: error }, 'a control request failed');
    return reply.code(500).send(toErrorBody(new AzureError(500, 'InternalServerError', 'The local Azure failed at this request; its log has the cause.')));
  });
  app.addHook('onRequest', async (request) => {
    if (!sameSecret(request.headers.authorization ?? '', `Bearer ${key}`)) throw new AzureError(401, 'Unauthorized', 'The control surface takes the key of the state folder.');
  });
  app.get('/alive', async () => ({ pid: process.pid }));
  app.get('/status', async () => actions.status());
  app.post('/tokens', async (request) => actions.issueToken(tokenRequestSchema.parse(request.body)));
  app.post('/wait', async (request) => {
    const { site, timeoutMs } = waitSchema.parse(request.body);
    return { waiting: await actions.waitUntilServing(site, timeoutMs) };
  });
  app.post('/locate', async (request) => {
    const { type, inputs } = locateSchema.parse(request.body);
    return { id: (await actions.locate(type, inputs)) ?? null };
  });
  app.post('/stop', async (_request, reply) => {
    reply.raw.once('finish', () => actions.stop());
    return { stopping: true };
  });
  return app;
}

function sameSecret(given: string, expected: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(expected);
  return a.length === b.length && timingSafeEqual(a, b);
}

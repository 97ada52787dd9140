import { randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { fastify, type FastifyInstance } from 'fastify';
import { AzureError, notSupportedLocally } from '../core/errors.ts';
import type { LocalContext } from '../core/context.ts';
import type { Listener } from '../core/listeners.ts';
import type { LocalDirectory } from '../entra/directory.ts';
import { chooseIdentity, readTokenRequest } from './tokenRequest.ts';

/** What a worker needs to ask for tokens: IDENTITY_ENDPOINT and IDENTITY_HEADER. */
export interface WorkerRegistration {
  readonly endpoint: string;
  /** Secret of this one worker. */
  readonly header: string;
  /** The worker has these identities from now on: a swap brings it to another slot. */
  assign(identities: string[]): void;
  /** The worker is gone: its secret opens nothing any more. */
  revoke(): void;
}

export interface IdentityEndpoint {
  readonly listener: Listener;
  /**
   * Lets one worker process ask for tokens.
   * @param options.identities resource ids of the identities assigned to its site; the site's own id stands for the system-assigned one
   */
  registerWorker(options: { identities: string[] }): WorkerRegistration;
  close(): Promise<void>;
}

interface Worker {
  readonly header: Buffer;
  identities: readonly string[];
}

const PATH = '/msi/token';

/**
 * Starts the managed-identity endpoint of App Service, listener `identity`: plain HTTP on loopback, as a worker sees it.
 * Source: learn.microsoft.com, "How to use managed identities for App Service and Azure Functions", section "REST endpoint reference".
 */
export async function createIdentityEndpoint(context: LocalContext, directory: Pick<LocalDirectory, 'findManagedIdentity' | 'issueForManagedIdentity'>): Promise<IdentityEndpoint> {
  const workers = new Set<Worker>();
  const app = buildRoutes(context, directory, workers);
  await app.ready();
  const listener = await context.listeners.open('identity', (request, response) => app.routing(request, response), { tls: false });
  return {
    listener,
    registerWorker({ identities }) {
      const header = randomBytes(32).toString('base64url');
      const worker: Worker = { header: Buffer.from(header), identities: [...identities] };
      workers.add(worker);
      return { endpoint: `${listener.url}${PATH}`, header, assign: (given) => void (worker.identities = [...given]), revoke: () => void workers.delete(worker) };
    },
    async close() {
      await listener.close();
      await app.close();
    },
  };
}

function buildRoutes(context: LocalContext, directory: Pick<LocalDirectory, 'findManagedIdentity' | 'issueForManagedIdentity'>, workers: ReadonlySet<Worker>): FastifyInstance {
  const app = fastify({ bodyLimit: 1024 });
  app.setErrorHandler((error, request, reply) => {
    const refusal = error instanceof AzureError ? error : new AzureError(500, 'InternalServerError', 'The local identity endpoint failed; its log has the details.');
    const correlationId = randomUUID();
    if (refusal !== error) context.log.error({ err: error, url: request.url.split('?')[0], correlationId }, 'The local identity endpoint failed');
    return reply.status(refusal.status).send({ statusCode: refusal.status, message: refusal.message, correlationId });
  });
  app.setNotFoundHandler((request) => {
    throw notSupportedLocally(`${request.method} ${request.url.split('?')[0]} of the identity endpoint`);
  });
  app.get(PATH, async (request, reply) => {
    const worker = findWorker(workers, request.headers['x-identity-header']);
    const wanted = readTokenRequest(request.query as Record<string, unknown>);
    const identity = chooseIdentity(wanted, worker.identities, (id) => directory.findManagedIdentity(id));
    const token = await directory.issueForManagedIdentity(identity.resourceId, wanted.resource);
    void reply.header('cache-control', 'no-store');
    return {
      access_token: token.accessToken,
      expires_on: String(Math.floor(token.expiresOn.getTime() / 1000)),
      resource: token.resource,
      token_type: 'Bearer',
      client_id: identity.clientId,
    };
  });
  return app;
}

/** @throws AzureError 401 unless the header is the secret of a registered worker */
function findWorker(workers: ReadonlySet<Worker>, header: string | string[] | undefined): Worker {
  if (typeof header === 'string') {
    const given = Buffer.from(header);
    for (const worker of workers) if (worker.header.length === given.length && timingSafeEqual(worker.header, given)) return worker;
  }
  throw new AzureError(401, 'Unauthorized', 'The header X-IDENTITY-HEADER is missing or is not that of a running worker. Send the value of the environment variable IDENTITY_HEADER.');
}

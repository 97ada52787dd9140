import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { RequestListener } from 'node:http';
import type { LocalContext } from '../core/context.ts';
import type { Listener } from '../core/listeners.ts';
import { createAuthorizationCodes } from './authorizationCodes.ts';
import { answerAuthorizeRequest, type AuthorizeDeps } from './authorizeEndpoint.ts';
import type { Parameters } from './clientAuthentication.ts';
import { createDirectory, type LocalDirectory } from './directory.ts';
import { EntraError, notOfferedLocally, toEntraErrorBody } from './entraError.ts';
import { instanceDiscovery, jsonWebKeySet, openIdConfiguration, requireTenant } from './metadata.ts';
import { openRefreshTokens } from './refreshTokens.ts';
import { seedDirectory } from './seed.ts';
import { refusalPage, signInPage } from './signInPage.ts';
import { openSigningKeys, type SigningKeys } from './signingKeys.ts';
import { openDirectoryStore } from './store.ts';
import { answerTokenRequest, type TokenEndpointDeps, type TokenRequest } from './tokenEndpoint.ts';
import { createTokenIssuer } from './tokenIssuer.ts';

export interface Entra {
  readonly directory: LocalDirectory;
  readonly listener: Listener;
  close(): Promise<void>;
}

/** Starts the login service of the tenant, listener `entra`, and the directory behind it. */
export async function createEntra(context: LocalContext): Promise<Entra> {
  // The URL of the service stands in everything it says, so the port comes first and the routes after it.
  let serve: RequestListener = (_request, response) => response.writeHead(503).end();
  const listener = await context.listeners.open('entra', (request, response) => serve(request, response), { tls: true });
  try {
    const { directory, app } = await openTenant(context, listener.url);
    serve = (request, response) => app.routing(request, response);
    return {
      directory,
      listener,
      async close() {
        await listener.close();
        await app.close();
      },
    };
  } catch (error) {
    await listener.close();
    throw error;
  }
}

async function openTenant(context: LocalContext, authorityHost: string): Promise<{ directory: LocalDirectory; app: FastifyInstance }> {
  const store = openDirectoryStore(context);
  const keys = await openSigningKeys(context);
  const seed = seedDirectory(context, store);
  const issuer = createTokenIssuer({ store, keys, authorityHost });
  const codes = createAuthorizationCodes(context.now);
  const directory = createDirectory({ context, store, keys, issuer, seed, authorityHost });
  const app = buildRoutes({
    context,
    keys,
    authorityHost,
    token: { store, issuer, codes, refreshTokens: openRefreshTokens(context) },
    authorize: { store, codes, isPreconsented: ({ appId }) => appId === seed.commandLineAppId },
  });
  await app.ready();
  return { directory, app };
}

interface Routes {
  readonly context: LocalContext;
  readonly keys: SigningKeys;
  readonly authorityHost: string;
  readonly token: TokenEndpointDeps;
  readonly authorize: AuthorizeDeps;
}

type TenantRequest = FastifyRequest<{ Params: { tenant: string } }>;

function buildRoutes({ context, keys, authorityHost, token, authorize }: Routes): FastifyInstance {
  const { tenantId, now } = context;
  const app = fastify({ bodyLimit: 64 * 1024 });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, readForm(String(body)));
    } catch (error) {
      done(error as Error);
    }
  });
  app.addContentTypeParser('*', (_request, _body, done) => {
    done(new EntraError(400, 'invalid_request', 900144, 'The body has to be application/x-www-form-urlencoded.'));
  });
  app.addHook('onRequest', async (request, reply) => {
    void reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff');
    const { tenant } = request.params as { tenant?: string };
    if (tenant !== undefined) requireTenant(tenant, tenantId);
  });
  app.setErrorHandler((error, request, reply) => {
    const refusal = asEntraError(error);
    if (refusal.status >= 500 && refusal.status !== 501) context.log.error({ err: error, url: request.url.split('?')[0] }, 'The local Entra failed');
    const correlationId = request.headers['client-request-id'];
    const body = toEntraErrorBody(refusal, now(), typeof correlationId === 'string' ? correlationId : undefined);
    if (/\/authorize$/.test(request.url.split('?')[0] ?? '')) return html(reply.status(refusal.status), refusalPage(body.error_description));
    return reply.status(refusal.status).send(body);
  });
  app.setNotFoundHandler((request) => {
    // There is no such document, as in Entra: a client that looks for one at several places goes on to the next.
    if (request.url.includes('/.well-known/')) throw new EntraError(404, 'invalid_request', undefined, 'There is no metadata at this path. It is at {tenant}/v2.0/.well-known/openid-configuration.');
    throw notOfferedLocally(`${request.method} ${request.url.split('?')[0]} of the login service`);
  });

  app.get('/common/discovery/instance', async (request) => {
    const { authorization_endpoint: endpoint } = request.query as Record<string, unknown>;
    return instanceDiscovery(authorityHost, tenantId, typeof endpoint === 'string' ? endpoint : undefined);
  });
  const published = (path: string, answer: () => Record<string, unknown>): void => {
    app.get(path, async (_request, reply) => {
      void reply.header('access-control-allow-origin', '*');
      return answer();
    });
  };
  published('/:tenant/v2.0/.well-known/openid-configuration', () => openIdConfiguration(authorityHost, tenantId, 'v2'));
  published('/:tenant/.well-known/openid-configuration', () => openIdConfiguration(authorityHost, tenantId, 'v1'));
  published('/:tenant/discovery/v2.0/keys', () => jsonWebKeySet(keys, authorityHost, tenantId, 'v2'));
  published('/:tenant/discovery/keys', () => jsonWebKeySet(keys, authorityHost, tenantId, 'v1'));

  const tokenRoute = (path: string, version: TokenRequest['version']): void => {
    app.post(path, async (request: TenantRequest, reply) => {
      const { authorization, origin } = request.headers;
      const { body, allowedOrigin } = await answerTokenRequest(token, { parameters: (request.body ?? {}) as Parameters, authorization, origin, version });
      if (allowedOrigin !== undefined) void reply.header('access-control-allow-origin', allowedOrigin).header('vary', 'origin');
      return body;
    });
    app.options(path, async (request: TenantRequest, reply) =>
      reply
        .header('access-control-allow-origin', request.headers.origin ?? '*')
        .header('access-control-allow-methods', 'POST, OPTIONS')
        .header('access-control-allow-headers', request.headers['access-control-request-headers'] ?? 'content-type')
        .header('vary', 'origin')
        .status(204)
        .send(),
    );
  };
  tokenRoute('/:tenant/oauth2/v2.0/token', 'v2');
  tokenRoute('/:tenant/oauth2/token', 'v1');

  const authorizeAnswer = (parameters: Parameters, action: string, reply: FastifyReply): FastifyReply => {
    const answer = answerAuthorizeRequest(authorize, parameters);
    if (answer.kind === 'redirect') return reply.redirect(answer.location, 302);
    return html(reply, signInPage({ ...answer, action, parameters }));
  };
  const authorizePath = '/:tenant/oauth2/v2.0/authorize';
  app.get(authorizePath, async (request: TenantRequest, reply) => {
    const [action = '', query = ''] = request.url.split(/\?(.*)/s);
    return authorizeAnswer(readForm(query), action, reply);
  });
  app.post(authorizePath, async (request: TenantRequest, reply) => authorizeAnswer((request.body ?? {}) as Parameters, request.url.split('?')[0] ?? '', reply));
  return app;
}

/** @throws EntraError when a parameter stands twice: two readers could take two different values */
function readForm(text: string): Parameters {
  const values = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(text)) {
    if (values.has(name)) throw new EntraError(400, 'invalid_request', 901001, `The request has the parameter '${name}' more than once.`);
    values.set(name, value);
  }
  return Object.fromEntries(values);
}

function html(reply: FastifyReply, page: string): FastifyReply {
  return reply
    .type('text/html; charset=utf-8')
    .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'")
    .send(page);
}

function asEntraError(error: unknown): EntraError {
  if (error instanceof EntraError) return error;
  const status = (error as { statusCode?: unknown }).statusCode;
  if (typeof status === 'number' && status >= 400 && status < 500) return new EntraError(status, 'invalid_request', 9002313, `Invalid request. ${(error as Error).message}`);
  return new EntraError(500, 'server_error', 90033, 'A transient error has occurred. Please try again.');
}

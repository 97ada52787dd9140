import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { decodeJwt, type JWTPayload } from 'jose';
import { createContext, type LocalContext } from '../../../local/core/context.ts';
import { addClientSecret } from '../../../local/entra/clientSecrets.ts';
import type { LocalDirectory } from '../../../local/entra/directory.ts';
import { createEntra, type Entra } from '../../../local/entra/entra.ts';
import type { Application, ServicePrincipal } from '../../../local/entra/records.ts';
import { createGraph, type Graph } from '../../../local/graph/graph.ts';
import { createIdentityEndpoint, type IdentityEndpoint } from '../../../local/identity/identityEndpoint.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The body as JSON. */
  json<T = Record<string, unknown>>(): T;
}

/** A tenant of the local Entra under test, with Graph and the identity endpoint beside it. */
export interface Tenant {
  readonly stateDir: string;
  readonly context: LocalContext;
  readonly entra: Entra;
  readonly directory: LocalDirectory;
  readonly graph: Graph;
  readonly identityEndpoint: IdentityEndpoint;
  readonly clock: Clock;
  /** Sends over TLS, trusting the tenant's own authority. */
  send(method: string, url: string, options?: { headers?: Record<string, string>; body?: string }): Promise<Answer>;
  /** Posts to the v2 token endpoint. */
  token(form: Record<string, string>, headers?: Record<string, string>): Promise<Answer>;
  /** Sends to Graph v1.0 as the operator. */
  callGraph(method: string, path: string, body?: unknown, bearer?: string): Promise<Answer>;
  /** Stops the services; the state stays. */
  stop(): Promise<void>;
  /** Stops, and starts again over the same state. */
  restart(): Promise<Tenant>;
  /** Stops, and removes the state. */
  close(): Promise<void>;
}

/** Time as the tenant sees it: the machine's, moved on by hand. */
export interface Clock {
  now(): Date;
  advance(byMs: number): void;
}

function createClock(): Clock {
  let offsetMs = 0;
  return {
    now: () => new Date(Date.now() + offsetMs),
    advance(byMs) {
      offsetMs += byMs;
    },
  };
}

export async function startTenant(stateDir?: string, clock: Clock = createClock()): Promise<Tenant> {
  const folder = stateDir ?? (await mkdtemp(join(tmpdir(), 'entra-')));
  const context = await createContext({ stateDir: folder, now: clock.now });
  const entra = await createEntra(context);
  const { directory } = entra;
  const graph = await createGraph(context, directory);
  const identityEndpoint = await createIdentityEndpoint(context, directory);
  const send: Tenant['send'] = (method, url, options = {}) => sendOver(context.tls.authorityPem, method, url, options);
  const stop = async (): Promise<void> => {
    await identityEndpoint.close();
    await graph.close();
    await entra.close();
  };
  return {
    stateDir: folder, context, entra, directory, graph, identityEndpoint, clock, send, stop,
    token: (form, headers = {}) =>
      send('POST', `${directory.authorityHost}/${directory.tenantId}/oauth2/v2.0/token`, {
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        body: new URLSearchParams(form).toString(),
      }),
    async callGraph(method, path, body, bearer) {
      const token = bearer ?? (await directory.issueForOperator('https://graph.microsoft.com')).accessToken;
      return send(method, `${graph.url}${path}`, {
        headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    },
    async restart() {
      await stop();
      return startTenant(folder, clock);
    },
    async close() {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function sendOver(authorityPem: string, method: string, url: string, options: { headers?: Record<string, string>; body?: string }): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(url, { method, ca: authorityPem, agent: false, ...(options.headers ? { headers: options.headers } : {}) }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: <T>() => JSON.parse(text) as T });
      });
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(options.body);
  });
}

export const TOOLS = ['whoami', 'lookup_fact', 'compute_primes'] as const;

export interface McpApplication {
  readonly application: Application;
  readonly servicePrincipal: ServicePrincipal;
  readonly identifierUri: string;
  roleId(tool: string): string;
  scopeId(tool: string): string;
}

/** Registers an application as the program of this project does: v2 tokens, a role and a scope for each tool. */
export function addMcpApplication(directory: LocalDirectory, values: Partial<Application> = {}): McpApplication {
  const identifierUri = values.identifierUris?.[0] ?? 'https://127.0.0.1:4430/mcp';
  const appRoles = TOOLS.map((tool) => ({
    id: randomUUID(), value: `Tools.${tool}`, displayName: tool, description: tool, isEnabled: true, origin: 'Application', allowedMemberTypes: ['User' as const, 'Application' as const],
  }));
  const oauth2PermissionScopes = TOOLS.map((tool) => ({
    id: randomUUID(), value: tool, isEnabled: true, type: 'User' as const, adminConsentDescription: tool, adminConsentDisplayName: tool, userConsentDescription: null, userConsentDisplayName: null,
  }));
  const draft = directory.store.draftApplication('MCP server');
  const application = directory.store.addApplication({
    ...draft, appRoles, identifierUris: [identifierUri], api: { ...draft.api, oauth2PermissionScopes, requestedAccessTokenVersion: 2 }, ...values,
  });
  const servicePrincipal = directory.store.addServicePrincipal({ appId: application.appId, displayName: application.displayName });
  const idOf = (entries: readonly { id: string; value: string | null }[], value: string): string => {
    const entry = entries.find((one) => one.value === value);
    if (!entry) throw new Error(`no entry ${value}`);
    return entry.id;
  };
  return {
    application, servicePrincipal, identifierUri,
    roleId: (tool) => idOf(appRoles, `Tools.${tool}`),
    scopeId: (tool) => idOf(oauth2PermissionScopes, tool),
  };
}

export interface ConfidentialClient {
  readonly application: Application;
  readonly servicePrincipal: ServicePrincipal;
  readonly secret: string;
}

/** A client application with a secret. */
export function addClient(directory: LocalDirectory, values: Partial<Application> = {}): ConfidentialClient {
  const application = directory.store.addApplication({ displayName: 'Client', ...values });
  const servicePrincipal = directory.store.addServicePrincipal({ appId: application.appId, displayName: application.displayName });
  const { secretText } = addClientSecret(directory.store, application);
  return { application, servicePrincipal, secret: secretText };
}

/**
 * Signs a user in with a client, without asking, and redeems the code.
 * @returns the answer of the token endpoint, or of the authorization endpoint when it gave no code
 */
export async function signIn(tenant: Tenant, { user, scope, clientId, redirectUri, secret }: { user: string; scope: string; clientId: string; redirectUri: string; secret?: string }): Promise<Answer> {
  const { verifier, challenge } = pkce();
  const query = new URLSearchParams({ client_id: clientId, response_type: 'code', redirect_uri: redirectUri, code_challenge: challenge, code_challenge_method: 'S256', scope, prompt: 'none', login_hint: user });
  const answer = await tenant.send('GET', `${tenant.directory.authorityHost}/${tenant.directory.tenantId}/oauth2/v2.0/authorize?${query.toString()}`);
  const code = new URL(String(answer.headers['location'])).searchParams.get('code');
  if (code === null) return answer;
  return tenant.token({ grant_type: 'authorization_code', client_id: clientId, code, code_verifier: verifier, redirect_uri: redirectUri, ...(secret === undefined ? {} : { client_secret: secret }) });
}

/** A PKCE pair. */
export function pkce(): { verifier: string; challenge: string } {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}

/** Claims of a token, unverified. */
export const claimsOf = (token: unknown): JWTPayload & Record<string, unknown> => decodeJwt(String(token));

/** Runs a client script in a process of its own, which trusts the tenant as any Node program would. @returns its standard output as JSON */
export async function runClient(tenant: Tenant, script: URL, environment: Record<string, string>): Promise<Record<string, unknown>> {
  const { stdout } = await promisify(execFile)(process.execPath, [script.pathname], {
    env: { PATH: process.env['PATH'] ?? '', NODE_EXTRA_CA_CERTS: tenant.context.tls.authorityFile, ...environment },
    timeout: 60_000,
  });
  return JSON.parse(stdout) as Record<string, unknown>;
}

import { randomUUID } from 'node:crypto';
import { request as httpsRequest } from 'node:https';
import type { IncomingMessage, OutgoingHttpHeaders, RequestListener, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Arm, Resource } from '../arm/types.ts';
import type { LocalContext } from '../core/context.ts';
import { AzureError, notSupportedLocally } from '../core/errors.ts';
import { AUDIENCES, type Directory } from '../entra/types.ts';
import type { NetworkReach, Origin } from '../network/index.ts';
import type { AccountRecord, AccountStore } from './accounts.ts';
import type { Azurite, AzuriteEndpoint } from './azurite.ts';
import { findBlob } from './blobs.ts';
import { IMMUTABILITY_POLICY, judgeChange, toImmutability } from './immutability.ts';
import { identifyOperation, type Operation } from './operations.ts';
import { sharedKeyAuthorization } from './sharedKey.ts';

export interface FrontDependencies {
  readonly context: LocalContext;
  readonly arm: Arm;
  readonly directory: Directory;
  readonly network: NetworkReach;
  readonly accounts: AccountStore;
  readonly azurite: Azurite;
}

interface Front extends FrontDependencies {
  /** Append blobs of containers with a policy, by path: they stay what they are, and growing is what they are there for. */
  readonly growing: Set<string>;
}

/** Headers that belong to one connection, not to the request. Source: RFC 9110, section 7.6.1. */
const CONNECTION_HEADERS = new Set(['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'expect']);

/**
 * The blob endpoint that every client uses, `https://127.0.0.1:PORT/<account>/…`. It judges who may do what, and passes the request
 * on to Azurite, which keeps the data: signed requests as they are, requests with a bearer token signed anew with the account's key,
 * because Azurite itself knows neither signatures of tokens nor roles. Bodies stream both ways.
 */
export function createFront(dependencies: FrontDependencies): RequestListener {
  const front: Front = { ...dependencies, growing: new Set() };
  return (request, response) => {
    serve(front, request, response).catch((error: unknown) => answerError(dependencies, error, request, response));
  };
}

async function serve(dependencies: Front, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { accounts, arm, azurite } = dependencies;
  const { url, path } = readUrl(request);
  const [, name = ''] = url.pathname.split('/');
  const account = accounts.find(name);
  const resource = account && arm.get(account.id);
  if (!account || !resource) throw new AzureError(404, 'ResourceNotFound', `There is no storage account "${name}" here. The first segment of the path names the account.`);
  const headers = forwardedHeaders(request);
  const arrival = { request, url, path, account, resource, headers };
  const signed = await authorize(dependencies, arrival);
  await protect(dependencies, arrival);
  await azurite.use((endpoint) => forward(endpoint, request, response, signed));
}

function readUrl(request: IncomingMessage): { url: URL; path: string } {
  try {
    const url = new URL(request.url ?? '/', 'https://127.0.0.1');
    return { url, path: decodeURIComponent(url.pathname) };
  } catch {
    throw new AzureError(400, 'InvalidUri', 'The requested URI does not represent any resource on the server.');
  }
}

interface Arrival {
  readonly request: IncomingMessage;
  readonly url: URL;
  /** Decoded. */
  readonly path: string;
  readonly account: AccountRecord;
  readonly resource: Resource;
  readonly headers: Record<string, string>;
}

/** @returns the headers to send on */
async function authorize(dependencies: FrontDependencies, arrival: Arrival): Promise<Record<string, string>> {
  const { request, url, resource, headers } = arrival;
  const authorization = request.headers.authorization;
  if (authorization !== undefined && /^bearer /i.test(authorization)) return await authorizeBearer(dependencies, arrival);
  requireNetwork(dependencies.network, resource, { address: request.socket.remoteAddress, principalId: undefined });
  if (authorization !== undefined || url.searchParams.has('sig')) {
    if (url.searchParams.has('skoid')) throw notSupportedLocally('A user delegation SAS');
    requireSharedKey(resource);
    return headers;
  }
  // Source: learn.microsoft.com, "Remediate anonymous read access to blob data", answers when anonymous access is disallowed.
  if (resource.properties['allowBlobPublicAccess'] !== true) {
    throw new AzureError(409, 'PublicAccessNotPermitted', 'Public access is not permitted on this storage account.');
  }
  return headers;
}

/**
 * Who asks has to come from where the account lets in, whatever its rights.
 * Source: learn.microsoft.com, "Azure Storage firewall rules" and "Common error codes (REST API)", AuthorizationFailure.
 */
export function requireNetwork(network: NetworkReach, account: Resource, origin: Origin): void {
  if (!network.admits(account, origin)) throw new AzureError(403, 'AuthorizationFailure', 'This request is not authorized to perform this operation.');
}

/** Source: learn.microsoft.com, "Prevent Shared Key authorization for an Azure Storage account". Absent means permitted. */
export function requireSharedKey(account: Resource): void {
  if (account.properties['allowSharedKeyAccess'] === false) {
    throw new AzureError(403, 'KeyBasedAuthenticationNotPermitted', 'Key based authentication is not permitted on this storage account.');
  }
}

async function authorizeBearer({ context, arm, directory, network, accounts }: FrontDependencies, { request, url, path, account, resource, headers }: Arrival): Promise<Record<string, string>> {
  const principal = await directory.verify(request.headers.authorization, [...AUDIENCES.storage, `https://${account.name}.blob.core.windows.net`]).catch((error: unknown) => {
    if (error instanceof AzureError && error.status === 401) {
      throw new AzureError(401, 'InvalidAuthenticationInfo', `Server failed to authenticate the request. ${error.message}`);
    }
    throw error;
  });
  requireNetwork(network, resource, { address: request.socket.remoteAddress, principalId: principal.objectId });
  const operation = identifyOperation({
    method: request.method ?? 'GET',
    path: path.slice(account.name.length + 1),
    query: url.searchParams,
    hasHeader: (name) => name in headers,
  });
  if (operation instanceof AzureError) throw operation;
  const scope = scopeOf(account, operation);
  const right = operation.rights.find(({ action, plane }) => arm.authorizer.isAllowed(principal.objectId, action, scope, plane));
  if (!right) {
    context.log.info({ operation: operation.name, scope, principal: principal.objectId }, 'storage: refused');
    throw new AzureError(403, 'AuthorizationPermissionMismatch', 'This request is not authorized to perform this operation using this permission.');
  }
  const onward: Record<string, string> = { ...headers, 'x-ms-date': context.now().toUTCString() };
  if (right.action === operation.addsWith) onward['if-none-match'] = '*';
  delete onward['date'];
  const [key] = accounts.keysOf(account);
  onward['authorization'] = sharedKeyAuthorization(account.name, key.value, { method: request.method ?? 'GET', url: request.url ?? '/', headers: onward });
  return onward;
}

const MAX_GROWING = 10_000;

/** Whoever asks, and with whatever key: a container's policy is above all rights. */
async function protect({ context, arm, accounts, azurite, growing }: Front, { request: { method = 'GET' }, url, path, account, headers }: Arrival): Promise<void> {
  const [, , container = '', ...blob] = path.split('/');
  if (!CHANGING_METHODS.has(method) || blob.length === 0 || url.searchParams.get('restype') === 'container') return;
  const policy = toImmutability(arm.get(`${account.id}/blobServices/default/containers/${container}/${IMMUTABILITY_POLICY}`));
  if (!policy) return;
  const comp = url.searchParams.get('comp') ?? '';
  // It makes a blob or nothing; the refusal is that of the condition.
  if (method === 'PUT' && comp === '' && headers['if-none-match'] === '*') return;
  if (comp === 'appendblock' && policy.allowsAppending && growing.has(path)) return;
  const standing = await azurite.use((at) => findBlob(at, accounts, account, path.slice(account.name.length + 1), context.now()));
  judgeChange(policy, { method, comp }, standing, context.now().getTime());
  if (standing?.isAppendBlob && growing.size < MAX_GROWING) growing.add(path);
}

const CHANGING_METHODS: ReadonlySet<string> = new Set(['PUT', 'DELETE', 'POST', 'PATCH']);

/** Roles may be assigned on a container; a blob's rights are judged there. */
function scopeOf(account: AccountRecord, operation: Operation): string {
  const service = `${account.id}/blobServices/default`;
  return operation.container === undefined ? service : `${service}/containers/${operation.container}`;
}

function forwardedHeaders(request: IncomingMessage): Record<string, string> {
  const named = new Set((request.headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase()));
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value === undefined || CONNECTION_HEADERS.has(name) || named.has(name)) continue;
    headers[name] = Array.isArray(value) ? value.join(',') : value;
  }
  return headers;
}

async function forward(endpoint: AzuriteEndpoint, request: IncomingMessage, response: ServerResponse, headers: Record<string, string>): Promise<void> {
  const upstream = httpsRequest({ host: '127.0.0.1', port: endpoint.port, agent: endpoint.agent, method: request.method, path: request.url, headers });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    upstream.once('response', resolve);
    upstream.once('error', reject);
    response.once('close', () => {
      if (!response.writableFinished) upstream.destroy(new Error('the client went away'));
    });
  });
  // An answer may come before the body has gone through (a refused precondition): what is left of the body is not an error then.
  const sent = pipeline(request, upstream).catch((error: unknown) => {
    if (!response.headersSent) throw error;
  });
  const answer = await Promise.race([answered, sent.then(() => answered)]);
  const onward: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(answer.headers)) if (!CONNECTION_HEADERS.has(name)) onward[name] = value;
  response.writeHead(answer.statusCode ?? 502, onward);
  await pipeline(answer, response);
}

function answerError({ context, directory }: FrontDependencies, error: unknown, request: IncomingMessage, response: ServerResponse): void {
  const refusal = error instanceof AzureError ? error : new AzureError(503, 'ServerBusy', 'The server is currently unable to receive requests. Please retry your request.');
  if (!(error instanceof AzureError)) context.log.warn({ err: error, method: request.method }, 'storage: request not served');
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const requestId = randomUUID();
  const date = context.now();
  const body = toXml(refusal, requestId, date);
  response.writeHead(refusal.status, {
    'content-type': 'application/xml',
    'content-length': Buffer.byteLength(body),
    'x-ms-error-code': refusal.code,
    'x-ms-request-id': requestId,
    ...(typeof request.headers['x-ms-version'] === 'string' ? { 'x-ms-version': request.headers['x-ms-version'] } : {}),
    // Source: learn.microsoft.com, "Authorize with Microsoft Entra ID (REST API)", section "Bearer challenge".
    ...(refusal.status === 401
      ? { 'www-authenticate': `Bearer authorization_uri=${directory.authorityHost}/${directory.tenantId}/oauth2/authorize resource_id=https://storage.azure.com` }
      : {}),
    ...refusal.headers,
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** Source: learn.microsoft.com, "Status and error codes (REST API)", format of the error response. */
function toXml({ code, message }: AzureError, requestId: string, time: Date): string {
  const text = `${message}\nRequestId:${requestId}\nTime:${time.toISOString()}`;
  return `\uFEFF<?xml version="1.0" encoding="utf-8"?><Error><Code>${escapeXml(code)}</Code><Message>${escapeXml(text)}</Message></Error>`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request as httpsRequest, Agent, type Server } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { pino } from 'pino';
import { createArmEngine, type ArmEngine } from '../../../local/arm/engine.ts';
import type { ActionAnswer, Json, JsonObject, ReadAnswer, Resource } from '../../../local/arm/types.ts';
import { createAppService, type AppService, type Timing } from '../../../local/appservice/index.ts';
import { createContext, type LocalContext } from '../../../local/core/context.ts';
import { AzureError } from '../../../local/core/errors.ts';
import type { Directory, Principal } from '../../../local/entra/types.ts';

/** A small app: tells who it is, can be made sick, streams, and notices who leaves. */
export const APP_SOURCE = `
import { createServer } from 'node:http';
import { existsSync } from 'node:fs';
let healthy = true, aborted = 0, served = 0, connections = 0;
const readyAt = Date.now() + Number(process.env.APP_READY_AFTER_MS ?? 0);
const server = createServer((request, response) => {
  const url = new URL(request.url, 'http://app');
  const json = (body, status = 200) => { response.writeHead(status, { 'content-type': 'application/json' }); response.end(JSON.stringify(body)); };
  const instance = process.env.WEBSITE_INSTANCE_ID;
  if (Date.now() < readyAt) return json({ version: 'half-started' }, 503);
  switch (url.pathname) {
    case '/health': return json({ healthy }, healthy && !existsSync(process.env.HOME + '/sick') ? 200 : 503);
    case '/sicken': healthy = false; return json({ instance });
    case '/heal': healthy = true; return json({ instance });
    case '/env': return json({ env: process.env, argv: process.argv, cwd: process.cwd() });
    case '/headers': return json({ headers: request.headers, raw: request.rawHeaders, url: request.url, method: request.method });
    case '/connections': return json({ connections });
    case '/aborted': return json({ aborted });
    case '/echo': { response.writeHead(200, { 'x-one': ['a', 'b'], 'set-cookie': ['p=1', 'q=2'] }); return request.pipe(response); }
    case '/slow': return void setTimeout(() => json({ instance, pid: process.pid, version: process.env.APP_VERSION }), Number(url.searchParams.get('ms')));
    case '/half': { response.writeHead(200, { 'content-length': '100' }); response.write('half'); return void setTimeout(() => process.kill(process.pid, 'SIGKILL'), 50); }
    case '/crash': return process.kill(process.pid, 'SIGKILL');
    case '/stream': {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      let count = 0;
      const timer = setInterval(() => response.write('data: ' + count++ + '\\n\\n'), 20);
      response.on('close', () => { clearInterval(timer); aborted++; });
      return;
    }
    case '/silent': { response.writeHead(200, { 'content-type': 'text/event-stream' }); response.flushHeaders(); return; }
    default: return json({ instance, pid: process.pid, version: process.env.APP_VERSION ?? 'none', served: ++served });
  }
});
server.on('connection', () => connections++);
if (process.env.APP_BROKEN === 'exit' || (process.env.APP_BROKEN_IN ?? '-') === process.env.APP_SLOT) process.exit(3);
if (process.env.APP_BROKEN !== 'deaf') server.listen(Number(process.env.PORT), '127.0.0.1');
else setInterval(() => {}, 1000);
console.log('app is up');
process.on('SIGTERM', () => { if (process.env.APP_STUBBORN) return; if (process.env.APP_RUDE) process.exit(0); server.close(() => process.exit(0)); server.closeIdleConnections(); });
`;

export function makeZip(source = APP_SOURCE): Uint8Array {
  // The time of day would give each call bytes, and a digest, of its own.
  return zipSync({ 'server.mjs': strToU8(source) }, { mtime: '2026-01-01T00:00:00Z' });
}

/** Short times, so that tests wait for conditions and not for Azure's minutes. Health checks are off unless a test asks. */
const QUICK: Partial<Timing> = { warmupPauseMs: 20, restartPausesMs: [20, 50, 200], packagePausesMs: [30], healthCheckIntervalMs: 3_600_000, swapRetryAfterSeconds: 0 };

export const OPERATOR: Principal = { objectId: 'operator', kind: 'servicePrincipal', clientId: 'operator', claims: {} };
export const GROUP = 'rg';
export const STORAGE_TOKEN = 'storage-token-of-the-identity';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  json<T = Record<string, unknown>>(): T;
}

export interface World {
  readonly context: LocalContext;
  readonly arm: ArmEngine;
  readonly service: AppService;
  readonly stateDir: string;
  /** Blobs of the local storage, by path: `/packages/app.zip`. A blob whose name begins with `private` needs the identity's token. */
  readonly blobs: Map<string, Uint8Array>;
  readonly blobRequests: { path: string; authorization: string | undefined; version: string | undefined }[];
  /** Secrets of the local Key Vault, by name; a function takes its time, or throws what the vault would. */
  readonly secrets: Map<string, string | (() => Promise<string>)>;
  readonly registrations: { identities: string[]; revoked: boolean }[];
  readonly logLines: string[];
  readonly identityId: string;
  readonly planId: string;
  readonly siteId: string;
  blobUrl(path: string): string;
  put(id: string, body: JsonObject): Promise<Resource>;
  patch(id: string, body: JsonObject): Promise<Resource>;
  remove(id: string): Promise<void>;
  show(id: string): Resource;
  act(id: string, action: string, body?: Json): Promise<ActionAnswer>;
  read(id: string, path: string): Promise<ReadAnswer>;
  putPlan(capacity: number, more?: JsonObject): Promise<Resource>;
  putSite(properties?: JsonObject, id?: string): Promise<Resource>;
  putSettings(settings: Record<string, string>, id?: string): Promise<Resource>;
  url(id?: string): string;
  /** Closes the service as a killed process would not: call `restart` to come back over the same state. */
  restart(): Promise<World>;
  close(): Promise<void>;
}

/** A subscription with App Service alone: real ARM engine, real processes, fakes at the edges to Entra, Key Vault and storage. */
export async function createWorld(options: { timing?: Partial<Timing>; now?: () => Date; stateDir?: string; packageZip?: Uint8Array; platformEnv?: Record<string, string>; random?: () => number } = {}): Promise<World> {
  const stateDir = options.stateDir ?? (await mkdtemp(join(tmpdir(), 'appservice-')));
  const logLines: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => void logLines.push(line) });
  const context = await createContext({ stateDir, log, ...(options.now ? { now: options.now } : {}) });
  const blobs = new Map<string, Uint8Array>([['/packages/app.zip', options.packageZip ?? makeZip()]]);
  const blobRequests: World['blobRequests'] = [];
  const blobServer = await serveBlobs(context, blobs, blobRequests);
  const secrets: World['secrets'] = new Map();
  const registrations: World['registrations'] = [];
  const directory = fakeDirectory(context);
  const arm = createArmEngine(context, directory);
  arm.register({
    type: 'Microsoft.ManagedIdentity/userAssignedIdentities',
    token: 'managedidentity:UserAssignedIdentity',
    path: '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}',
    apiVersions: ['2023-01-31'],
    envelope: ['location', 'tags'],
    existence: 'created',
  });
  const service = await createAppService({
    context,
    arm,
    directory,
    identityEndpoint: {
      registerWorker({ identities }) {
        const registration = { identities, revoked: false };
        registrations.push(registration);
        return { endpoint: 'http://127.0.0.1:9/msi/token', header: randomUUID(), assign: (given) => void (registration.identities = given), revoke: () => void (registration.revoked = true) };
      },
    },
    keyVault: {
      async resolveReference({ vaultName, secretName, version, principalId }) {
        if (principalId !== 'principal-of-reader') throw new AzureError(403, 'AccessToKeyVaultDenied', 'The identity may not read it.');
        if (vaultName === 'absent') throw new AzureError(404, 'VaultNotFound', 'There is no such vault.');
        const secret = secrets.get(secretName);
        if (secret === undefined) throw new AzureError(404, 'SecretNotFound', 'There is no such secret.');
        if (version !== undefined && version !== 'v1') throw new AzureError(404, 'SecretVersionNotFound', 'There is no such version.');
        return { value: typeof secret === 'string' ? secret : await secret(), version: 'v1' };
      },
    },
    platformEnv: { AZURE_AUTHORITY_HOST: 'https://127.0.0.1:1', NODE_EXTRA_CA_CERTS: context.tls.authorityFile, ...options.platformEnv },
    timing: { ...QUICK, ...options.timing },
    ...(options.random ? { random: options.random } : {}),
  });
  for (const row of service.resourceTypes) arm.register(row);
  const groupId = `/subscriptions/${context.subscriptionId}/resourceGroups/${GROUP}`;
  const identityId = `${groupId}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/reader`;
  const planId = `${groupId}/providers/Microsoft.Web/serverfarms/plan`;
  const siteId = `${groupId}/providers/Microsoft.Web/sites/shop`;
  const target = (id: string): NonNullable<ReturnType<ArmEngine['resolve']>> => {
    const found = arm.resolve(id);
    if (!found) throw new Error(`no row for ${id}`);
    return found;
  };
  const write = async (id: string, body: JsonObject, mode: 'replace' | 'merge'): Promise<Resource> => {
    const { resource } = await arm.write(target(id), body, OPERATOR, mode);
    return target(id).row.behaviour?.present?.(structuredClone(resource)) ?? resource;
  };
  const world: World = {
    context, arm, service, stateDir, blobs, blobRequests, secrets, registrations, logLines, identityId, planId, siteId,
    blobUrl: (path) => `https://127.0.0.1:${(blobServer.address() as AddressInfo).port}${path}`,
    put: (id, body) => write(id, body, 'replace'),
    patch: (id, body) => write(id, body, 'merge'),
    async remove(id) {
      await arm.remove(target(id));
    },
    show: (id) => arm.read(target(id)),
    async act(id, action, body) {
      const act = target(id).row.behaviour?.actions?.[action];
      if (!act) throw new Error(`no action ${action}`);
      return act(arm.get(id) ?? arm.read(target(id)), body);
    },
    async read(id, path) {
      const read = target(id).row.behaviour?.reads?.[path];
      if (!read) throw new Error(`no read ${path}`);
      return read(arm.read(target(id)), {});
    },
    putPlan: (capacity, more = {}) => world.put(planId, { location: 'westeurope', sku: { name: 'P0v3', capacity }, properties: { reserved: true }, ...more }),
    putSite: (properties = {}, id = siteId) => {
      const { siteConfig, ...rest } = properties as { siteConfig?: JsonObject };
      // As azure-native's inputs, turned into a body by the row's own mapping.
      return world.put(id, target(id).contract.toBody({
        location: 'westeurope',
        identity: { type: 'UserAssigned', userAssignedIdentities: [identityId] },
        serverFarmId: planId,
        clientAffinityEnabled: false,
        keyVaultReferenceIdentity: identityId,
        siteConfig: { appCommandLine: 'node server.mjs', linuxFxVersion: 'NODE|24-lts', ...siteConfig },
        ...rest,
      }));
    },
    putSettings: (settings, id = siteId) => world.put(`${id}/config/appsettings`, { properties: settings }),
    url: (id = siteId) => `https://${String(arm.get(id)?.properties['defaultHostName'])}`,
    async restart() {
      await stop();
      return createWorld({ ...options, stateDir });
    },
    async close() {
      await stop();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
  if (!arm.get(groupId)) {
    await world.put(groupId, { location: 'westeurope' });
    await world.put(identityId, { location: 'westeurope' });
  }
  return world;

  async function stop(): Promise<void> {
    await service.close();
    blobServer.closeAllConnections();
    await new Promise<void>((resolve) => blobServer.close(() => resolve()));
    await context.listeners.closeAll();
  }
}

/** A site with the small app on so many instances, serving. */
export async function createServingWorld(capacity: number, options: Parameters<typeof createWorld>[0] & { site?: JsonObject; settings?: Record<string, string> } = {}): Promise<World> {
  const world = await createWorld(options);
  try {
    await world.putPlan(capacity);
    await world.putSite(options.site);
    await world.putSettings({ WEBSITE_RUN_FROM_PACKAGE: world.blobUrl('/packages/app.zip'), WEBSITE_WARMUP_PATH: '/health', WEBSITE_WARMUP_STATUSES: '200', ...options.settings });
    await world.service.waitUntilServing(world.siteId, 20_000);
    return world;
  } catch (error) {
    await world.close();
    throw error;
  }
}

export const STAGING = 'staging';
/** Whichever slot has them keeps them. */
export const STICKY = 'APP_SLOT';

/** A site and a staging slot, each serving a package of its own: `APP_VERSION` tells them apart, `APP_SLOT` is a slot setting. */
export async function createSlotsWorld(capacity: number, options: Parameters<typeof createWorld>[0] & { staging?: Record<string, string>; production?: Record<string, string> } = {}): Promise<World & { readonly slotId: string }> {
  const world = await createWorld(options);
  const slotId = `${world.siteId}/slots/${STAGING}`;
  try {
    world.blobs.set('/packages/new.zip', makeZip(`${APP_SOURCE}\n// the new package`));
    await world.putPlan(capacity);
    await world.putSite();
    await world.put(`${world.siteId}/config/slotConfigNames`, { properties: { appSettingNames: [STICKY] } });
    await world.putSettings({ ...slotSettings(world, '/packages/app.zip', 'old', 'production'), ...options.production });
    await world.putSite({}, slotId);
    await world.putSettings({ ...slotSettings(world, '/packages/new.zip', 'new', 'staging'), ...options.staging }, slotId);
    for (const id of [world.siteId, slotId]) await world.service.waitUntilServing(id, 20_000);
    return Object.assign(world, { slotId });
  } catch (error) {
    await world.close();
    throw error;
  }
}

function slotSettings(world: World, blob: string, version: string, slot: string): Record<string, string> {
  return { WEBSITE_RUN_FROM_PACKAGE: world.blobUrl(blob), WEBSITE_WARMUP_PATH: '/health', WEBSITE_WARMUP_STATUSES: '200', APP_VERSION: version, [STICKY]: slot };
}

/** One request, as a client that trusts the local authority. @param agent default: a connection of its own */
export function call(world: World, path: string, options: { method?: string; headers?: Record<string, string>; body?: string; agent?: Agent; siteId?: string } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = httpsRequest(`${world.url(options.siteId)}${path}`, { method: options.method ?? 'GET', headers: options.headers ?? {}, agent: options.agent ?? false, ca: world.context.tls.authorityPem, servername: 'localhost' }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text, json: <T>() => JSON.parse(text) as T });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(options.body);
  });
}

export function keepAliveAgent(world: World, maxSockets = 1): Agent {
  return new Agent({ keepAlive: true, maxSockets, ca: world.context.tls.authorityPem });
}

/** Waits until a condition holds; fails with what it saw last. */
export async function eventually<T>(probe: () => T | Promise<T>, holds: (seen: T) => boolean, timeoutMs = 15_000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const seen = await probe();
    if (holds(seen)) return seen;
    if (Date.now() > deadline) throw new Error(`did not come true within ${timeoutMs} ms; last seen: ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function fakeDirectory(context: LocalContext): Directory {
  const refuse = (): never => {
    throw new Error('not asked for in these tests');
  };
  return {
    tenantId: context.tenantId,
    authorityHost: 'https://127.0.0.1:1',
    ensureManagedIdentity: (resourceId) => ({ principalId: `principal-of-${resourceId.split('/').at(-1)}`, clientId: `client-of-${resourceId.split('/').at(-1)}` }),
    deleteManagedIdentity: () => undefined,
    verify: refuse,
    issueForManagedIdentity: async (_identity, resource) => ({ accessToken: STORAGE_TOKEN, expiresOn: new Date(Date.now() + 3_600_000), resource }),
    issueForOperator: refuse,
    operator: { objectId: 'operator', clientId: 'operator', clientSecret: 'unused' },
    hasPrincipal: () => true,
  };
}

function serveBlobs(context: LocalContext, blobs: Map<string, Uint8Array>, requests: World['blobRequests']): Promise<Server> {
  const server = createServer({ cert: context.tls.certificatePem, key: context.tls.keyPem }, (request, response) => {
    const path = request.url ?? '';
    requests.push({ path, authorization: request.headers.authorization, version: request.headers['x-ms-version']?.toString() });
    const blob = blobs.get(path);
    if (path.startsWith('/private') && request.headers.authorization !== `Bearer ${STORAGE_TOKEN}`) {
      response.writeHead(403, { 'x-ms-error-code': 'AuthorizationPermissionMismatch' }).end();
    } else if (!blob) response.writeHead(404, { 'x-ms-error-code': 'BlobNotFound' }).end();
    else response.writeHead(200, { 'content-type': 'application/zip' }).end(blob);
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

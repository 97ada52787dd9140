import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Arm } from '../arm/types.ts';
import type { LocalContext } from '../core/context.ts';
import { AzureError, notSupportedLocally } from '../core/errors.ts';
import { AUDIENCES, type Directory, type Principal } from '../entra/types.ts';
import type { NetworkReach } from '../network/index.ts';
import { KEY_ACTIONS, requireAccess, requireNetwork, SECRET_ACTIONS, type VaultAction } from './access.ts';
import { ALGORITHM, CURVE, KEY_TYPE, type KeyRecord, type KeyStore, type KeyVersion } from './keys.ts';
import { DATA_PLANE_API_VERSIONS, PAGE_SIZE, SECRET_VALUE_LIMIT_BYTES } from './limits.ts';
import type { SecretAttributes, SecretRecord, SecretStore, SecretVersion } from './secrets.ts';
import type { VaultRecord, VaultRegistry } from './vaults.ts';

const attributesSchema = z.object({
  contentType: z.string().nullish(),
  tags: z.record(z.string(), z.string()).nullish(),
  attributes: z.object({ enabled: z.boolean().nullish(), nbf: z.number().int().nullish(), exp: z.number().int().nullish() }).nullish(),
});
const signSchema = z.object({ alg: z.string(), value: z.string().regex(/^[A-Za-z0-9_-]+={0,2}$/) });
const setSchema = attributesSchema.extend({ value: z.string() });
const pathSchema = z.object({ name: z.string().default(''), version: z.string().optional() });
const querySchema = z.object({
  'api-version': z.string().optional(),
  maxresults: z.coerce.number().int().min(PAGE_SIZE.least).max(PAGE_SIZE.most).default(PAGE_SIZE.most),
  $skiptoken: z.coerce.number().int().min(0).default(0),
});

export interface DataPlaneDependencies {
  readonly context: LocalContext;
  readonly arm: Arm;
  readonly directory: Directory;
  readonly network: NetworkReach;
  readonly vaults: VaultRegistry;
  readonly secrets: SecretStore;
  readonly keys: KeyStore;
  /** The vault that this listener serves. */
  readonly vaultName: string;
  /** `https://127.0.0.1:PORT` */
  readonly baseUrl: () => string;
}

/**
 * The REST API of one vault: secrets, and of keys what reads and signs.
 * Source: learn.microsoft.com, Key Vault REST API reference, operation groups "Secrets", "Keys" and "Sign". The rest is refused by name.
 */
export function createDataPlane(dependencies: DataPlaneDependencies): FastifyInstance {
  const { context, arm, directory, network, vaults, secrets, keys, vaultName, baseUrl } = dependencies;
  const app = fastify({ logger: false, bodyLimit: SECRET_VALUE_LIMIT_BYTES * 8, routerOptions: { ignoreTrailingSlash: true } });

  const vault = (): VaultRecord => {
    const found = vaults.find(vaultName);
    if (!found || found.deletion) throw new AzureError(404, 'VaultNotFound', `The vault ${vaultName} does not exist.`);
    return found;
  };
  // Clients ask without a token and without a body first, to learn the authority: the challenge comes before the body is read.
  const principals = new WeakMap<FastifyRequest, Principal>();
  app.addHook('onRequest', async (request) => {
    principals.set(request, await directory.verify(request.headers.authorization, AUDIENCES.keyVault));
  });
  const authorize = (request: FastifyRequest, action: VaultAction, name?: string): VaultRecord => {
    judgeApiVersion(request);
    const found = vault();
    requireNetwork({ arm, network }, principals.get(request), found, request.socket.remoteAddress);
    requireAccess(arm, principals.get(request), action, found, name);
    return found;
  };
  const page = <T>(request: FastifyRequest, items: readonly T[], path: string): { value: readonly T[]; nextLink: string | null } => {
    const { maxresults, $skiptoken: skip, 'api-version': version } = parse(querySchema, request.query, 'query');
    const next = skip + maxresults;
    const nextLink = next < items.length ? `${baseUrl()}${path}?api-version=${version ?? ''}&$skiptoken=${next}&maxresults=${maxresults}` : null;
    return { value: items.slice(skip, next), nextLink };
  };
  const bundle = (name: string, version: SecretVersion): Record<string, unknown> => ({
    id: `${baseUrl()}/secrets/${name}/${version.version}`,
    ...describe(version, vault()),
  });
  const item = (record: SecretRecord): Record<string, unknown> => ({
    id: `${baseUrl()}/secrets/${record.name}`,
    ...describe(record.versions.at(-1) as SecretVersion, vault()),
  });
  const deletion = (record: SecretRecord): Record<string, unknown> => ({
    recoveryId: `${baseUrl()}/deletedsecrets/${record.name}`,
    deletedDate: record.deletion?.deletedAt,
    scheduledPurgeDate: record.deletion?.purgeAt,
  });
  const deletedBundle = (record: SecretRecord): Record<string, unknown> => ({
    ...bundle(record.name, record.versions.at(-1) as SecretVersion),
    ...deletion(record),
  });

  app.put('/secrets/:name', async (request) => {
    const { name } = parse(pathSchema, request.params, 'path');
    const { name: vaultKey } = authorize(request, SECRET_ACTIONS.set, name);
    const body = parse(setSchema, request.body, 'body');
    return { value: body.value, ...bundle(name, secrets.set(vaultKey, name, body.value, toAttributes(body))) };
  });

  const read = async (request: FastifyRequest): Promise<Record<string, unknown>> => {
    const { name, version } = parse(pathSchema, request.params, 'path');
    const { name: vaultKey } = authorize(request, SECRET_ACTIONS.get, name);
    const found = secrets.get(vaultKey, name, version);
    // A secret outside its nbf/exp window can be read. Source: "About Azure Key Vault secrets", section "Date-time controlled operations".
    if (!found.enabled) throw new AzureError(403, 'SecretDisabled', 'Operation get is not allowed on a disabled secret.');
    return { value: secrets.reveal(found), ...bundle(name, found) };
  };
  app.get('/secrets/:name', read);
  app.get('/secrets/:name/:version', read);

  const change = async (request: FastifyRequest): Promise<Record<string, unknown>> => {
    const { name, version } = parse(pathSchema, request.params, 'path');
    const { name: vaultKey } = authorize(request, SECRET_ACTIONS.update, name);
    return bundle(name, secrets.update(vaultKey, name, version, toAttributes(parse(attributesSchema, request.body, 'body'))));
  };
  app.patch('/secrets/:name', change);
  app.patch('/secrets/:name/:version', change);

  app.get('/secrets', async (request) => {
    const { name } = authorize(request, SECRET_ACTIONS.readMetadata);
    return page(request, secrets.list(name).map(item), '/secrets');
  });
  app.get('/secrets/:name/versions', async (request) => {
    const { name } = parse(pathSchema, request.params, 'path');
    const { name: vaultKey } = authorize(request, SECRET_ACTIONS.readMetadata, name);
    const versions = secrets.find(vaultKey, name)?.versions ?? [];
    return page(request, versions.map((version) => bundle(name, version)), `/secrets/${name}/versions`);
  });

  app.delete('/secrets/:name', async (request) => {
    const { name } = parse(pathSchema, request.params, 'path');
    const found = authorize(request, SECRET_ACTIONS.delete, name);
    return deletedBundle(secrets.delete(found.name, name, found.retentionDays));
  });
  app.get('/deletedsecrets', async (request) => {
    const { name } = authorize(request, SECRET_ACTIONS.readMetadata);
    return page(request, secrets.listDeleted(name).map((record) => ({ ...item(record), ...deletion(record) })), '/deletedsecrets');
  });
  app.get('/deletedsecrets/:name', async (request) => {
    const { name } = parse(pathSchema, request.params, 'path');
    const { name: vaultKey } = authorize(request, SECRET_ACTIONS.readMetadata, name);
    const record = secrets.findDeleted(vaultKey, name);
    if (!record) throw new AzureError(404, 'SecretNotFound', `Deleted Secret not found: ${name}`);
    return deletedBundle(record);
  });
  app.post('/deletedsecrets/:name/recover', async (request) => {
    const { name } = parse(pathSchema, request.params, 'path');
    const { name: vaultKey } = authorize(request, SECRET_ACTIONS.recover, name);
    return bundle(name, secrets.recover(vaultKey, name));
  });
  app.delete('/deletedsecrets/:name', async (request, reply) => {
    const { name } = parse(pathSchema, request.params, 'path');
    const found = authorize(request, SECRET_ACTIONS.purge, name);
    if (found.purgeProtection) {
      throw new AzureError(403, 'ForbiddenByPolicy', `Operation "purge" is not allowed because purge protection is enabled for the vault ${found.name}. The secret leaves by itself when its retention ends.`);
    }
    secrets.purge(found.name, name);
    return reply.code(204).send();
  });

  const keyBundle = (record: KeyRecord, version: KeyVersion): Record<string, unknown> => ({
    key: { kid: `${baseUrl()}/keys/${record.name}/${version.version}`, kty: KEY_TYPE, crv: CURVE, x: version.x, y: version.y, key_ops: record.operations },
    attributes: { enabled: version.enabled, created: version.created, updated: version.updated, recoveryLevel: recoveryLevel(vault()), recoverableDays: vault().retentionDays },
  });
  const readKey = async (request: FastifyRequest): Promise<Record<string, unknown>> => {
    const { name, version: wanted } = parse(pathSchema, request.params, 'path');
    const { record, version } = keys.get(authorize(request, KEY_ACTIONS.read, name).name, name, wanted);
    return keyBundle(record, version);
  };
  app.get('/keys/:name', readKey);
  app.get('/keys/:name/:version', readKey);

  // Source: learn.microsoft.com, Key Vault REST API, "Sign - Sign". Without a version the current one signs.
  const sign = async (request: FastifyRequest): Promise<Record<string, unknown>> => {
    const { name, version: wanted } = parse(pathSchema, request.params, 'path');
    const { record, version } = keys.get(authorize(request, KEY_ACTIONS.sign, name).name, name, wanted);
    const { alg, value } = parse(signSchema, request.body, 'body');
    if (alg !== ALGORITHM) throw notSupportedLocally(`Signing by ${alg} (${ALGORITHM} is what is held here)`);
    if (!version.enabled) throw new AzureError(403, 'KeyDisabled', 'Operation sign is not allowed on a disabled key.');
    if (!record.operations.includes('sign')) throw new AzureError(403, 'KeyOperationNotPermitted', `Operation sign is not permitted on this key; its key_ops are ${record.operations.join(', ')}.`);
    return { kid: `${baseUrl()}/keys/${record.name}/${version.version}`, value: keys.sign(version, Buffer.from(value, 'base64url')).toString('base64url') };
  };
  app.post('/keys/:name/sign', sign);
  app.post('/keys/:name/:version/sign', sign);

  for (const url of ['/secrets/:name/backup', '/secrets/restore']) {
    app.post(url, async () => Promise.reject(notSupportedLocally('Backup and restore of Key Vault secrets')));
  }
  app.setNotFoundHandler(async (request) => {
    const [segment = ''] = request.url.slice(1).split(/[/?]/);
    if (['keys', 'certificates', 'deletedkeys', 'deletedcertificates', 'rng', 'storage'].includes(segment)) throw notSupportedLocally(`The operation ${request.method} of Key Vault ${segment}${segment === 'keys' ? ' (get and sign are served; keys are made through ARM)' : ''}`);
    throw new AzureError(404, 'NotFound', `${request.method} /${segment} is no operation of Key Vault.`);
  });
  app.setErrorHandler((error: unknown, _request, reply) => answerError(error, reply, dependencies));
  app.addHook('onSend', async (_request, reply) => {
    void reply.header('x-ms-keyvault-service-version', '1.9').header('x-ms-keyvault-region', vaults.find(vaultName)?.location ?? '');
  });
  context.log.debug({ vault: vaultName }, 'vault served');
  return app;
}

function parse<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const findings = parsed.error.issues.map((issue) => `${issue.path.join('.') || where}: ${issue.message}`).join('; ');
  throw new AzureError(400, 'BadParameter', `The request's ${where} is not as the Key Vault REST API has it: ${findings}`);
}

function judgeApiVersion(request: FastifyRequest): void {
  const { 'api-version': given } = z.object({ 'api-version': z.string().optional() }).catch({}).parse(request.query);
  if (given !== undefined && DATA_PLANE_API_VERSIONS.some((known) => known === given)) return;
  const what = given === undefined ? 'api-version must be specified' : `api-version ${given} is not supported`;
  throw new AzureError(400, 'BadParameter', `${what}. Allowed: ${DATA_PLANE_API_VERSIONS.join(', ')}.`);
}

function toAttributes(body: z.infer<typeof attributesSchema>): SecretAttributes {
  return {
    contentType: body.contentType ?? undefined,
    tags: body.tags ?? undefined,
    enabled: body.attributes?.enabled ?? undefined,
    notBefore: body.attributes?.nbf ?? undefined,
    expires: body.attributes?.exp ?? undefined,
  };
}

function describe(version: SecretVersion, vault: VaultRecord): Record<string, unknown> {
  return {
    ...(version.contentType === undefined ? {} : { contentType: version.contentType }),
    attributes: {
      enabled: version.enabled,
      ...(version.notBefore === undefined ? {} : { nbf: version.notBefore }),
      ...(version.expires === undefined ? {} : { exp: version.expires }),
      created: version.created,
      updated: version.updated,
      recoveryLevel: recoveryLevel(vault),
      recoverableDays: vault.retentionDays,
    },
    tags: version.tags,
  };
}

/** Source: learn.microsoft.com, Key Vault REST API, "DeletionRecoveryLevel". */
function recoveryLevel(vault: VaultRecord): string {
  return `${vault.retentionDays < 90 ? 'Customized' : ''}Recoverable${vault.purgeProtection ? '' : '+Purgeable'}`;
}

/**
 * Key Vault's error shape: the outer code is general, the inner one says which.
 * Source: learn.microsoft.com, "Azure Key Vault REST API error codes", and "Authentication, requests and responses" for the challenge.
 */
async function answerError(error: unknown, reply: FastifyReply, { context, directory }: DataPlaneDependencies): Promise<FastifyReply> {
  const refusal = toRefusal(error);
  if (!refusal) {
    context.log.error({ err: error }, 'key vault: unexpected error');
    return reply.code(500).send({ error: { code: 'InternalServerError', message: 'The local Key Vault failed; its log says why.' } });
  }
  if (refusal.status === 401) {
    void reply.header('www-authenticate', `Bearer authorization="${directory.authorityHost}/${directory.tenantId}", resource="https://vault.azure.net"`);
    return reply.code(401).send({ error: { code: 'Unauthorized', message: refusal.message } });
  }
  const outer = { 403: 'Forbidden', 409: 'Conflict' }[refusal.status];
  return reply.code(refusal.status).send({
    error: { code: outer ?? refusal.code, message: refusal.message, ...(outer ? { innererror: { code: refusal.code } } : {}) },
  });
}

function toRefusal(error: unknown): AzureError | undefined {
  if (error instanceof AzureError) return error;
  const { statusCode } = z.object({ statusCode: z.number() }).catch({ statusCode: 500 }).parse(error);
  return statusCode < 500 ? new AzureError(statusCode, 'BadParameter', 'The request body is not JSON that can be read, or is too large.') : undefined;
}

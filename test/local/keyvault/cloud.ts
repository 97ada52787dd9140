import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import type { AccessToken, TokenCredential } from '@azure/identity';
import type { FastifyInstance } from 'fastify';
import { createArmEngine, type ArmEngine } from '../../../local/arm/engine.ts';
import { createArmServer } from '../../../local/arm/server.ts';
import type { JsonObject, ResourceType } from '../../../local/arm/types.ts';
import { BUILT_IN_ROLES } from '../../../local/authorization/roleDefinitions.ts';
import { createContext, type LocalContext } from '../../../local/core/context.ts';
import { createEntra } from '../../../local/entra/entra.ts';
import type { LocalDirectory } from '../../../local/entra/directory.ts';
import { createManagedIdentity } from '../../../local/managedidentity/index.ts';

/** A service under test, as all of them are shaped. */
interface Service {
  readonly resourceTypes: readonly ResourceType[];
  close(): Promise<void>;
}

export interface ServiceDependencies {
  readonly context: LocalContext;
  readonly arm: ArmEngine;
  readonly directory: LocalDirectory;
}

export interface ArmAnswer {
  readonly status: number;
  readonly body: JsonObject;
}

/** A resource group of a local Azure with one service in it, driven through ARM's REST surface. */
export interface Cloud<S> {
  readonly context: LocalContext;
  readonly engine: ArmEngine;
  readonly directory: LocalDirectory;
  readonly service: S;
  /** Id of the resource group. */
  readonly group: string;
  /** Sends to ARM as the operator; waits for asynchronous operations. */
  arm(method: 'GET' | 'PUT' | 'PATCH' | 'POST' | 'DELETE', id: string, apiVersion: string, body?: JsonObject): Promise<ArmAnswer>;
  /** A managed identity without roles. */
  identity(name: string): Promise<{ id: string; principalId: string; credential: TokenCredential }>;
  assign(principalId: string, role: string, scope: string): Promise<void>;
  readonly operator: TokenCredential;
  close(): Promise<void>;
}

/** Starts it on a state folder; the same folder again is a restart. */
export async function startCloud<S extends Service>(stateDir: string, create: (dependencies: ServiceDependencies) => Promise<S>, now?: () => Date): Promise<Cloud<S>> {
  const context = await createContext({ stateDir, ...(now ? { now } : {}) });
  // The clients in this process trust the cloud's authority, as NODE_EXTRA_CA_CERTS makes them do elsewhere.
  tls.setDefaultCACertificates([...tls.getCACertificates('bundled'), context.tls.authorityPem]);
  const entra = await createEntra(context);
  const { directory } = entra;
  const engine = createArmEngine(context, directory);
  const identities = await createManagedIdentity({ directory });
  const service = await create({ context, arm: engine, directory });
  for (const row of [...identities.resourceTypes, ...service.resourceTypes]) engine.register(row);
  await engine.resume();
  const server: FastifyInstance = createArmServer(context, engine, directory, () => ({}));
  const group = `/subscriptions/${context.subscriptionId}/resourceGroups/rg-test`;

  const cloud: Cloud<S> = {
    context, engine, directory, service, group,
    async arm(method, id, apiVersion, body) {
      const { accessToken } = await directory.issueForOperator('https://management.azure.com');
      const headers = { authorization: `Bearer ${accessToken}` };
      const response = await server.inject({ method, url: `${id}?api-version=${apiVersion}`, headers, ...(body ? { payload: body } : {}) });
      const operation = response.headers['azure-asyncoperation'];
      const parse = (text: string): JsonObject => (text === '' ? {} : (JSON.parse(text) as JsonObject));
      if (typeof operation !== 'string') return { status: response.statusCode, body: parse(response.body) };
      for (;;) {
        const { pathname, search } = new URL(operation);
        const state = parse((await server.inject({ method: 'GET', url: pathname + search, headers })).body);
        if (state['status'] === 'Succeeded') return { status: response.statusCode, body: parse((await server.inject({ method: 'GET', url: `${id}?api-version=${apiVersion}`, headers })).body) };
        if (state['status'] === 'Failed') return { status: 500, body: state };
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    async identity(name) {
      const id = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`;
      const { body } = await cloud.arm('PUT', id, '2023-01-31', { location: 'westeurope' });
      const { principalId } = body['properties'] as { principalId: string };
      return { id, principalId, credential: credentialOf((resource) => directory.issueForManagedIdentity(id, resource)) };
    },
    async assign(principalId, role, scope) {
      const definition = BUILT_IN_ROLES.find(({ roleName }) => roleName === role);
      if (!definition) throw new Error(`No built-in role ${role}`);
      const { status, body } = await cloud.arm('PUT', `${scope}/providers/Microsoft.Authorization/roleAssignments/${randomUUID()}`, '2022-04-01', {
        properties: { principalId, principalType: 'ServicePrincipal', roleDefinitionId: `/subscriptions/${context.subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${definition.id}` },
      });
      if (status !== 201) throw new Error(`Role assignment: ${status} ${JSON.stringify(body)}`);
    },
    operator: credentialOf((resource) => directory.issueForOperator(resource)),
    async close() {
      await service.close();
      await entra.close();
      await server.close();
      await context.listeners.closeAll();
    },
  };
  const made = await cloud.arm('PUT', group, '2024-03-01', { location: 'westeurope' });
  if (made.status > 201) throw new Error(`Resource group: ${made.status} ${JSON.stringify(made.body)}`);
  return cloud;
}

function credentialOf(issue: (resource: string) => Promise<{ accessToken: string; expiresOn: Date }>): TokenCredential {
  return {
    async getToken(scopes): Promise<AccessToken> {
      const scope = Array.isArray(scopes) ? (scopes[0] ?? '') : scopes;
      const { accessToken, expiresOn } = await issue(scope.replace(/\/?\.default$/, ''));
      return { token: accessToken, expiresOnTimestamp: expiresOn.getTime() };
    },
  };
}

/** A temporary state folder. */
export async function makeStateDir(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'local-azure-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** All bytes of the state folder as text, to look for what must not stand there. */
export async function stateText(stateDir: string): Promise<string> {
  const entries = await readdir(stateDir, { recursive: true, withFileTypes: true });
  const texts = await Promise.all(entries.filter((entry) => entry.isFile()).map((entry) => readFile(join(entry.parentPath, entry.name), 'latin1')));
  return texts.join('\n');
}

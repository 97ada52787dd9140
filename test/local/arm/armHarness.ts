import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createArmEngine, type ArmEngine } from '../../../local/arm/engine.ts';
import { createArmServer } from '../../../local/arm/server.ts';
import type { ResourceType } from '../../../local/arm/types.ts';
import { createContext, type LocalContext } from '../../../local/core/context.ts';
import { AzureError } from '../../../local/core/errors.ts';
import { createServiceClient, type ServiceAnswer, type ServiceClient } from '../../../local/providers/armClient.ts';

export const OPERATOR = 'aaaaaaaa-0000-4000-8000-000000000001';
export const GUEST = 'aaaaaaaa-0000-4000-8000-000000000002';

/** ARM over HTTPS with a directory that knows two principals: tokens are their object ids. */
export interface ArmHarness {
  readonly context: LocalContext;
  readonly engine: ArmEngine;
  readonly url: string;
  /** Acts as the operator; errors come as answers. */
  send(method: string, path: string, body?: unknown, as?: string): Promise<ServiceAnswer>;
  client(as: string): ServiceClient;
}

export async function startArm(t: TestContext, rows: readonly ResourceType[], stateDir = mkdtempSync(join(tmpdir(), 'arm-'))): Promise<ArmHarness> {
  const context = await createContext({ stateDir });
  const directory = {
    tenantId: context.tenantId,
    authorityHost: 'https://login.test',
    operator: { objectId: OPERATOR, clientId: 'operator', clientSecret: '' },
    hasPrincipal: (id: string) => [OPERATOR, GUEST].includes(id),
    verify: async (header: string | undefined) => {
      const objectId = header?.replace('Bearer ', '') ?? '';
      if (![OPERATOR, GUEST].includes(objectId)) throw new AzureError(401, 'InvalidAuthenticationToken', 'The access token is invalid.');
      return { objectId, kind: 'servicePrincipal' as const, clientId: undefined, claims: {} };
    },
  };
  const engine = createArmEngine(context, directory);
  for (const row of rows) engine.register(row);
  const app = createArmServer(context, engine, directory, () => ({ name: 'LocalAzure' }));
  await app.ready();
  const listener = await context.listeners.open('arm', app.routing, { tls: true });
  const clients: ServiceClient[] = [];
  t.after(async () => {
    for (const client of clients) client.close();
    await context.listeners.closeAll();
    await app.close();
    rmSync(stateDir, { recursive: true, force: true });
  });
  const client = (as: string): ServiceClient => {
    const made = createServiceClient(listener.url, context.tls.authorityPem, async () => as);
    clients.push(made);
    return made;
  };
  return {
    context,
    engine,
    url: listener.url,
    client,
    async send(method, path, body, as = OPERATOR) {
      try {
        return await client(as).send(method, path, body);
      } catch (error) {
        if (!(error instanceof AzureError)) throw error;
        return { status: error.status, headers: {}, body: { code: error.code, message: error.message } };
      }
    },
  };
}

export const planRow: ResourceType = {
  type: 'Microsoft.Web/serverfarms',
  token: 'web:AppServicePlan',
  path: '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Web/serverfarms/{name}',
  apiVersions: ['2025-05-01', '2024-11-01'],
  envelope: ['kind', 'location', 'sku', 'tags', 'extendedLocation', 'identity'],
  existence: 'created',
};

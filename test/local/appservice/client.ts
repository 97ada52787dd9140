import { WebSiteManagementClient } from '@azure/arm-appservice';
import { createArmServer } from '../../../local/arm/server.ts';
import { OPERATOR, type World } from './world.ts';

export async function all<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of pages) items.push(item);
  return items;
}

/** The vendor's client over the REST surface of the world's ARM. */
export async function withClient(world: World, act: (client: WebSiteManagementClient) => Promise<void>): Promise<void> {
  const app = createArmServer(world.context, world.arm, { tenantId: world.context.tenantId, authorityHost: 'https://127.0.0.1:1', verify: async () => OPERATOR }, () => ({}));
  await app.ready();
  const listener = await world.context.listeners.open('arm', app.routing, { tls: true });
  try {
    await act(new WebSiteManagementClient(
      { getToken: async () => ({ token: 'token', expiresOnTimestamp: Date.now() + 3_600_000 }) },
      world.context.subscriptionId,
      { endpoint: listener.url, tlsOptions: { ca: world.context.tls.authorityPem }, retryOptions: { maxRetries: 0 } },
    ));
  } finally {
    await listener.close();
    await app.close();
  }
}

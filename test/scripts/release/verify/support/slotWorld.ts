import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { UMBRELLA_ROLE } from '../../../../../app/tools/wellKnownAccess.ts';
import { buildPackage } from '../../../../../infra/package/buildPackage.ts';
import { createArmServer } from '../../../../../local/arm/server.ts';
import { createSiteReader } from '../../../../../scripts/release/arm/siteReader.ts';
import type { SlotName } from '../../../../../scripts/release/target.ts';
import { LIMITS } from '../../../../../scripts/release/verify/limits.ts';
import { createMcpEndpoint } from '../../../../../scripts/release/verify/mcp/endpoint.ts';
import type { SlotUnderTest } from '../../../../../scripts/release/verify/slotUnderTest.ts';
import { startAzure } from '../../../../app/support/azure.ts';
import { ENVIRONMENT } from '../../../../app/support/testApp.ts';
import { createWorld, GROUP, OPERATOR, STAGING, type World } from '../../../../local/appservice/world.ts';
import { counter } from '../package/tools.ts';

/** A site and its staging slot, each with three processes of a real server behind the local front end, and ARM over HTTP. */
export interface SlotWorld {
  readonly world: World;
  readonly slotId: string;
  readonly digest: string;
  readonly token: string;
  slot(name: SlotName): SlotUnderTest;
  /** Settings of a slot beside those that every start needs; App Service restarts it. */
  set(name: SlotName, settings: Record<string, string>): Promise<void>;
  /** What is wrong on which instance, by its id. */
  setFaults(faults: Record<string, 'unready' | 'digest'>): Promise<void>;
  close(): Promise<void>;
}

export async function createSlotWorld(instances: number): Promise<SlotWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'release-verify-'));
  const faultFile = join(folder, 'faults.json');
  const azure = await startAzure(folder);
  const { zipPath, digest } = await buildPackage({ appDir: fileURLToPath(new URL('../package', import.meta.url)), outDir: folder });
  const { AZURE_AUTHORITY_HOST = '', NODE_EXTRA_CA_CERTS = '' } = azure.environment;
  const world = await createWorld({ packageZip: await readFile(zipPath), platformEnv: { AZURE_AUTHORITY_HOST, NODE_EXTRA_CA_CERTS } });
  const name = `/packages/${digest}.zip`;
  world.blobs.set(name, await readFile(zipPath));
  const slotId = `${world.siteId}/slots/${STAGING}`;
  const idOf = (slot: SlotName): string => (slot === 'production' ? world.siteId : slotId);
  const { WEBSITE_INSTANCE_ID: _worker, WEBSITE_RUN_FROM_PACKAGE: _package, ...settings } = ENVIRONMENT;
  const set: SlotWorld['set'] = async (slot, more) => {
    const id = idOf(slot);
    await world.putSettings({ ...settings, WEBSITE_RUN_FROM_PACKAGE: world.blobUrl(name), WEBSITE_WARMUP_PATH: '/health', WEBSITE_WARMUP_STATUSES: '200', MCP_SLOT: slot, MCP_ALLOWED_HOSTS: new URL(world.url(id)).host, FIXTURE_FAULTS: faultFile, ...more }, id);
    await world.service.waitUntilServing(id, 60_000);
  };
  await world.putPlan(instances);
  for (const slot of ['production', 'staging'] as const) {
    await world.putSite({}, idOf(slot));
    await set(slot, {});
  }
  const authorities = getCACertificates('default');
  setDefaultCACertificates([...authorities, world.context.tls.authorityPem]);
  const arm = createArmServer(world.context, world.arm, { tenantId: world.context.tenantId, authorityHost: 'https://127.0.0.1:1', verify: async () => OPERATOR }, () => ({}));
  await arm.ready();
  const listener = await world.context.listeners.open('arm', arm.routing, { tls: true });
  const credential = { getToken: async () => ({ token: 'token', expiresOnTimestamp: Date.now() + 3_600_000 }) };
  const outputs = { resourceGroupName: GROUP, siteName: 'shop' } as Parameters<typeof createSiteReader>[0]['outputs'];
  const token = await azure.authority.appToken({ roles: [UMBRELLA_ROLE, counter.access.role] });
  return {
    world, slotId, digest, token, set,
    slot(slot) {
      const [own, other] = slot === 'production' ? [world.siteId, slotId] : [slotId, world.siteId];
      return {
        stack: 'staging', slot, token, acceptedChanges: new Set(), requestsPerSecond: LIMITS.requestsPerSecond.local, update: () => undefined,
        endpoint: createMcpEndpoint(`${world.url(own)}/mcp`, token),
        otherEndpoint: createMcpEndpoint(`${world.url(other)}/mcp`, token),
        site: createSiteReader({ credential, subscriptionId: world.context.subscriptionId, armUrl: listener.url, outputs }, () => undefined),
        lock: { read: async () => ({ kind: 'none' }) },
      };
    },
    setFaults: (faults) => writeFile(faultFile, JSON.stringify(faults)),
    async close() {
      await listener.close();
      await arm.close();
      await world.close();
      await azure.close();
      setDefaultCACertificates(authorities);
      await rm(folder, { recursive: true });
    },
  };
}

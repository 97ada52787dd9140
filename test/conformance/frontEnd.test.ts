import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { buildPackage } from '../../infra/package/buildPackage.ts';
import { startAzure, type TestAzure } from '../app/support/azure.ts';
import { ENVIRONMENT } from '../app/support/testApp.ts';
import { createServingWorld, type World } from '../local/appservice/world.ts';
import { ACCESS } from './fixtures/declare.ts';
import { conformanceOffer } from './fixtures/offer.ts';
import { runSuite } from './runSuite.ts';
import { startTokenProxy, type TokenProxy } from './tokenProxy.ts';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const NOT_OFFERED = /^tasks-/;

describe('[protocol.conformance] the suite through the front end over three instances', () => {
  let folder: string;
  let azure: TestAzure;
  let world: World;
  let proxy: TokenProxy;
  const instances = new Set<string>();

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'conformance-package-'));
    azure = await startAzure(folder);
    const roles = [...conformanceOffer.tools.map((tool) => tool.access.role), ACCESS.role];
    proxy = await startTokenProxy(() => azure.authority.appToken({ roles }), (headers) => instances.add(String(headers['x-instance-id'])));
    const { host, port } = new URL(proxy.url);
    const built = await buildPackage({ appDir: here('package'), outDir: folder });
    // The world serves what is under this name.
    const zip = await readFile(built.zipPath);
    const { AZURE_AUTHORITY_HOST = '', NODE_EXTRA_CA_CERTS = '' } = azure.environment;
    const { WEBSITE_INSTANCE_ID: _worker, WEBSITE_RUN_FROM_PACKAGE: _package, ...settings } = ENVIRONMENT;
    world = await createServingWorld(3, {
      packageZip: zip,
      platformEnv: { AZURE_AUTHORITY_HOST, NODE_EXTRA_CA_CERTS },
      settings: { ...settings, MCP_ALLOWED_HOSTS: `${host},localhost:${port}`, MCP_ALLOWED_ORIGINS: `${proxy.url},http://localhost:${port}` },
    });
    proxy.forwardTo(new URL(world.url()), world.context.tls.authorityPem);
  });
  after(async () => {
    await proxy.close();
    await world.close();
    await azure.close();
    await rm(folder, { recursive: true });
  });

  it('passes 2026-07-28 and 2025-11-25 as on one instance, and every instance took part', async () => {
    const ping = await fetch(`${proxy.url}/mcp`, {
      method: 'POST', headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }, body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }),
    });
    assert.deepEqual(await ping.json(), { jsonrpc: '2.0', id: 1, result: {} });
    const modern = await runSuite(`${proxy.url}/mcp`, ['--requirements', '2026-07-28']);
    const applying = modern.scenarios.filter(({ name }) => !NOT_OFFERED.test(name));
    assert.deepEqual(applying.filter(({ failed }) => failed.length > 0), [], modern.output);
    assert.equal(applying.length, 40, modern.output);
    const legacy = await runSuite(`${proxy.url}/mcp`, ['--requirements', '2025-11-25', '--expected-failures', here('expected-failures.yml')]);
    assert.equal(legacy.exitCode, 0, legacy.output);
    instances.delete('undefined');
    assert.equal(instances.size, 3);
  });
});

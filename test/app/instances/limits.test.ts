import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { buildPackage } from '../../../infra/package/buildPackage.ts';
import { call, createServingWorld, keepAliveAgent, type World } from '../../local/appservice/world.ts';
import { startAzure, type TestAzure } from '../support/azure.ts';
import { ENVIRONMENT, HOST, modernMessage } from '../support/testApp.ts';
import { limitedTool } from './limitedTool.ts';

const INSTANCES = 3;
const CALLS = 150;
const CALLERS = 10;
/** What the declaration says, as a person reads it: 60 calls a minute, ten of them at once. */
const [BURST, PER_SECOND] = [10, 1];

describe('limits over instances', () => {
  let folder: string;
  let azure: TestAzure;
  let world: World;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'limits-'));
    azure = await startAzure(folder);
    const { zipPath } = await buildPackage({ appDir: fileURLToPath(new URL('package', import.meta.url)), outDir: folder });
    const { AZURE_AUTHORITY_HOST = '', NODE_EXTRA_CA_CERTS = '' } = azure.environment;
    const { WEBSITE_INSTANCE_ID: _worker, WEBSITE_RUN_FROM_PACKAGE: _package, ...settings } = ENVIRONMENT;
    world = await createServingWorld(INSTANCES, { packageZip: await readFile(zipPath), platformEnv: { AZURE_AUTHORITY_HOST, NODE_EXTRA_CA_CERTS }, settings });
  });
  after(async () => {
    await world.close();
    await azure.close();
    await rm(folder, { recursive: true });
  });

  it('every instance counts for itself: between the declared rate and as many times that as there are instances pass [limits.instances]', async () => {
    const headers = {
      host: HOST, authorization: `Bearer ${await azure.authority.appToken({ roles: [limitedTool.access.role] })}`, 'content-type': 'application/json',
      accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': limitedTool.name,
    };
    const body = JSON.stringify(modernMessage('tools/call', { name: limitedTool.name, arguments: {} }));
    const passed = new Map<string, number>();
    const refused = new Map<string, number>();
    const startedAtMs = performance.now();
    await Promise.all(Array.from({ length: CALLERS }, async () => {
      const agent = keepAliveAgent(world);
      for (let index = 0; index < CALLS / CALLERS; index += 1) {
        const answer = await call(world, '/mcp', { method: 'POST', headers, body, agent });
        const instance = String(answer.headers['x-instance-id']);
        if (answer.status === 429) {
          assert.equal(answer.json()['code'], 'MCP_RATE_LIMITED');
          assert.equal(answer.headers['retry-after'], '1');
        } else assert.equal(answer.status, 200, answer.text);
        const counts = answer.status === 429 ? refused : passed;
        counts.set(instance, (counts.get(instance) ?? 0) + 1);
      }
      agent.destroy();
    }));
    const elapsedSeconds = (performance.now() - startedAtMs) / 1_000;
    const ofOneInstance = BURST + Math.ceil(elapsedSeconds * PER_SECOND);
    const total = [...passed.values()].reduce((sum, count) => sum + count, 0);
    assert.equal(passed.size, INSTANCES);
    assert.equal(refused.size, INSTANCES);
    for (const count of passed.values()) assert.ok(count >= BURST && count <= ofOneInstance, `an instance let ${count} through, in ${elapsedSeconds} s`);
    assert.ok(total > ofOneInstance && total <= INSTANCES * ofOneInstance, `${total} passed in ${elapsedSeconds} s`);
  });
});

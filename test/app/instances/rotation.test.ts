import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import tls from 'node:tls';
import { buildPackage } from '../../../infra/package/buildPackage.ts';
import { siteFleet } from '../../../scripts/secrets/fleet.ts';
import { formatKeyRing, parseKeyRing, phaseOf } from '../../../scripts/secrets/keyRing.ts';
import { frontEndProcesses } from '../../../scripts/secrets/processes.ts';
import { replaceKeys, retireKey, rotateKey, type RotationParts } from '../../../scripts/secrets/rotate.ts';
import { call, createServingWorld, eventually, keepAliveAgent, type World } from '../../local/appservice/world.ts';
import { conformanceOffer } from '../../conformance/fixtures/offer.ts';
import { startAzure, type TestAzure } from '../support/azure.ts';
import { ENVIRONMENT, HOST, modernMessage } from '../support/testApp.ts';

const INSTANCES = 3;
const TOOL = 'test_input_required_result_multi_round';
const SECRET = 'mcp-request-state-key';

type Slot = 'production' | 'staging';
interface Reply { readonly status: number; readonly code: number | undefined; readonly requestState: string | undefined; readonly text: string }

/** The command is gone, as by kill -9. */
class Killed extends Error {}

describe('rotation over three instances and two slots', { concurrency: false }, () => {
  let folder: string;
  let azure: TestAzure;
  let world: World;
  let authorization: string;
  let stagingId: string;
  let version = 1;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rotation-'));
    azure = await startAzure(folder);
    const { zipPath } = await buildPackage({ appDir: fileURLToPath(new URL('../../conformance/package', import.meta.url)), outDir: folder });
    const { AZURE_AUTHORITY_HOST = '', NODE_EXTRA_CA_CERTS = '' } = azure.environment;
    const { WEBSITE_INSTANCE_ID: _worker, WEBSITE_RUN_FROM_PACKAGE: _package, ...settings } = ENVIRONMENT;
    const site = { ...settings, MCP_LOG_LEVEL: 'debug', MCP_REQUEST_STATE_KEY: `@Microsoft.KeyVault(VaultName=vault;SecretName=${SECRET})` };
    world = await createServingWorld(INSTANCES, { packageZip: await readFile(zipPath), platformEnv: { AZURE_AUTHORITY_HOST, NODE_EXTRA_CA_CERTS }, settings: { ...site, MCP_REQUEST_STATE_KEY: settings['MCP_REQUEST_STATE_KEY'] ?? '' } });
    world.secrets.set(SECRET, settings['MCP_REQUEST_STATE_KEY'] ?? '');
    stagingId = `${world.siteId}/slots/staging`;
    const all = { ...site, WEBSITE_RUN_FROM_PACKAGE: world.blobUrl('/packages/app.zip'), WEBSITE_WARMUP_PATH: '/health', WEBSITE_WARMUP_STATUSES: '200' };
    await world.putSite({}, stagingId);
    await world.putSettings({ ...all, MCP_SLOT: 'staging' }, stagingId);
    await world.putSettings(all);
    for (const id of [world.siteId, stagingId]) await world.service.waitUntilServing(id, 30_000);
    tls.setDefaultCACertificates([...tls.getCACertificates('default'), world.context.tls.authorityPem]);
    authorization = `Bearer ${await azure.authority.appToken({ roles: conformanceOffer.tools.map(({ access }) => access.role) })}`;
  });
  after(async () => {
    for (const agent of agents.values()) agent.destroy();
    await world.close();
    await azure.close();
    await rm(folder, { recursive: true });
  });

  const idOf = (slot: Slot): string => (slot === 'production' ? world.siteId : stagingId);
  const agents = new Map<string, ReturnType<typeof keepAliveAgent>>();

  /** One round of the tool that asks twice, by whichever instance the front end chooses. */
  const round = async (slot: Slot, worker: number, given: { requestState?: string | undefined; step1?: string; step2?: string }): Promise<Reply> => {
    const agent = agents.get(`${worker}`) ?? keepAliveAgent(world, 2);
    agents.set(`${worker}`, agent);
    const inputResponses = {
      ...(given.step1 === undefined ? {} : { step1: { action: 'accept', content: { name: given.step1 } } }),
      ...(given.step2 === undefined ? {} : { step2: { action: 'accept', content: { color: given.step2 } } }),
    };
    const answer = await call(world, '/mcp', {
      method: 'POST', agent, siteId: idOf(slot),
      headers: { host: HOST, authorization, 'content-type': 'application/json', accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': TOOL },
      body: JSON.stringify(modernMessage('tools/call', {
        name: TOOL, arguments: {}, ...(given.requestState === undefined ? {} : { inputResponses, requestState: given.requestState }),
      }, { 'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {} } } })),
    });
    const json = /^data: (\{.*)$/m.exec(answer.text)?.[1] ?? answer.text;
    const body = (json.startsWith('{') ? JSON.parse(json) : {}) as { error?: { code: number }; result?: { requestState?: string } };
    return { status: answer.status, code: body.error?.code, requestState: body.result?.requestState, text: answer.text };
  };

  /** A whole flow; each round may go to another slot, as it would with a swap in between. @returns what went wrong */
  const flow = async (worker: number, slots: readonly [Slot, Slot, Slot]): Promise<string | undefined> => {
    const first = await round(slots[0], worker, {});
    if (first.requestState === undefined) return `first round: ${first.status} ${first.text}`;
    const second = await round(slots[1], worker, { requestState: first.requestState, step1: 'Ada' });
    if (second.requestState === undefined) return `second round: ${second.status} ${second.text}`;
    const last = await round(slots[2], worker, { requestState: second.requestState, step2: 'green' });
    return last.text.includes('Ada likes green') ? undefined : `last round: ${last.status} ${last.text}`;
  };

  const traffic = () => {
    let stop = false;
    const seen = { flows: 0, failures: [] as string[] };
    const routes: readonly (readonly [Slot, Slot, Slot])[] = [
      ['production', 'production', 'production'], ['production', 'production', 'production'], ['staging', 'staging', 'staging'], ['staging', 'production', 'production'], ['production', 'staging', 'production'],
    ];
    const workers = routes.map(async (slots, worker) => {
      while (!stop) {
        const failure = await flow(worker, slots).catch((error: unknown) => String(error));
        seen.flows += 1;
        if (failure !== undefined) seen.failures.push(failure);
      }
    });
    return { seen, end: async () => {
      stop = true;
      await Promise.all(workers);
    } };
  };

  const parts = (): RotationParts => {
    const read = async () => ({ ring: parseKeyRing(String(world.secrets.get(SECRET))) ?? assert.fail(), version: String(version) });
    return {
      store: {
        read,
        currentVersion: async () => String(version),
        async write(ring) {
          world.secrets.set(SECRET, formatKeyRing(ring));
          version += 1;
          return read();
        },
      },
      newKey: () => randomBytes(32).toString('base64url'),
      step: async (_title, run) => run(() => undefined),
      fleet: siteFleet({
        timeoutMs: 60_000, pauseMs: 50,
        processes: frontEndProcesses({ production: world.url(world.siteId), staging: world.url(stagingId) }, async () => authorization.slice('Bearer '.length)),
        site: {
          instances: async (slot) => ((await world.read(idOf(slot), 'instances')) as { value: { name: string }[] }).value.map(({ name }) => name),
          refreshReferences: async (slot) => void (await world.act(idOf(slot), 'config/configreferences/appsettings/refresh')),
          referenceStatus: async () => 'Resolved',
        },
      }),
    };
  };

  it('no request fails from the first step to the last, with the command killed and the slots restarted in between; what was minted before works after, and is refused once its key is retired [secrets.rotation]', async (t) => {
    const minted = await round('production', 0, {});
    assert.ok(minted.requestState, minted.text);
    const load = traffic();
    t.after(load.end);
    const killing = parts();
    let writes = 0;
    await assert.rejects(rotateKey({ ...killing, store: { ...killing.store, write: async (...given) => {
      await killing.store.write(...given);
      if ((writes += 1) === 1) throw new Killed();
      return killing.store.read();
    } } }), Killed);
    assert.equal(phaseOf(parseKeyRing(String(world.secrets.get(SECRET))) ?? assert.fail()), 'published');
    for (const id of [world.siteId, stagingId]) await world.act(id, 'restart');
    const { stored } = await rotateKey(parts());
    assert.equal(phaseOf(stored.ring), 'promoted');
    const accepted = await round('staging', 0, { requestState: minted.requestState, step1: 'Ada' });
    assert.ok(accepted.requestState, `minted with the previous key: ${accepted.text}`);
    const atPromotion = load.seen.flows;
    assert.ok(atPromotion > 20, `${atPromotion} flows`);
    await retireKey(parts(), { atOnce: true });
    await load.end();
    assert.ok(load.seen.flows > atPromotion, 'traffic went on while the key was retired');
    assert.deepEqual(load.seen.failures, []);
    for (const slot of ['production', 'staging'] as const) {
      const refused = await round(slot, 0, { requestState: minted.requestState, step1: 'Ada' });
      assert.equal(refused.code, -32_602, refused.text);
      assert.match(refused.text, /requestState/);
      assert.doesNotMatch(refused.text, /mac|key/);
    }
  });

  it('in an emergency what was minted before is refused at once, and a flow that begins anew works [secrets.emergency]', async () => {
    const minted = await round('production', 0, {});
    await replaceKeys(parts());
    const refused = await round('production', 0, { requestState: minted.requestState, step1: 'Ada' });
    assert.equal(refused.code, -32_602, refused.text);
    assert.equal(await flow(0, ['staging', 'production', 'production']), undefined);
  });

  it('a secret that is no key, or cannot be read, stops new processes by name and without showing it, and leaves the running ones in service [secrets.unusable]', async () => {
    const good = String(world.secrets.get(SECRET));
    const logs = async (): Promise<string> => {
      const folderOfLogs = join(world.stateDir, 'logs', 'shop', 'production');
      return (await Promise.all((await readdir(folderOfLogs)).map((name) => readFile(join(folderOfLogs, name), 'utf8')))).join('\n');
    };
    const unusable: [bad: string | (() => never), said: RegExp][] = [
      ['current:tooshortakey,next:tooshortakey', /MCP_REQUEST_STATE_KEY: the given value \(38 characters, not shown\) is not valid/],
      [() => assert.fail('the vault does not answer'), /MCP_REQUEST_STATE_KEY: the Key Vault reference is not resolved/],
    ];
    for (const [bad, said] of unusable) {
      world.secrets.set(SECRET, bad);
      await world.act(world.siteId, 'config/configreferences/appsettings/refresh');
      await eventually(logs, (text) => said.test(text), 30_000);
      assert.equal(await flow(0, ['production', 'production', 'production']), undefined);
    }
    assert.match(await logs(), /MCP_CONFIG_INVALID/);
    world.secrets.set(SECRET, good);
    await world.act(world.siteId, 'config/configreferences/appsettings/refresh');
    await world.service.waitUntilServing(world.siteId, 30_000);
    assert.equal(await flow(0, ['production', 'production', 'production']), undefined);
    const said = await logs();
    for (const secret of [good, 'tooshortakey']) assert.ok(!said.includes(secret));
  });
});

import assert from 'node:assert/strict';
import { generateKeyPair, SignJWT } from 'jose';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startAzure, type TestAzure } from '../support/azure.ts';
import { startServer, type ServerProcess } from '../support/serverProcess.ts';
import { ENVIRONMENT } from '../support/testApp.ts';
import { createCampaign, fittedGrowth } from './campaign.ts';
import type { Tokens } from './requests.ts';

const ENTRY = join(import.meta.dirname, '../../../app/server.ts');
const PROJECT = join(import.meta.dirname, '../../..');

const IS_SOAK = process.env['MCP_SOAK'] === '1';
/** Requests that are sent. `npm run soak` sends all of them, `npm test` the first few thousand. */
const REQUEST_COUNT = IS_SOAK ? 100_000 : 3_000;
/** The same requests each time; MCP_FUZZ_SEED makes others. */
const SEED = Number(process.env['MCP_FUZZ_SEED'] ?? 20_260_728);
/** One case instead of all, with what went to and fro in the output. */
const ONLY = process.env['MCP_FUZZ_ONLY'];

/** Left to itself, V8 collects late on a machine with much memory, and what grows cannot be told from what leaks. Three times what the server holds. */
const HEAP_LIMIT_MIB = 96;
const MAX_GROWTH_KIB = 30 * 1_024;
/** Share of the samples before caches are full and code is compiled. */
const WARM_UP_SHARE = 0.2;

let folder: string;
let azure: TestAzure;
let server: ServerProcess;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fuzz-'));
  azure = await startAzure(join(folder, 'tls'));
  server = await startServer(ENTRY, { ...azure.environment, APPLICATIONINSIGHTS_CONNECTION_STRING: '', NODE_OPTIONS: `--max-old-space-size=${HEAP_LIMIT_MIB}` }, folder);
});
after(async () => {
  server.kill('SIGKILL');
  await server.ended;
  await azure.close();
  await rm(folder, { recursive: true });
});

async function tokensOf({ authority }: TestAzure): Promise<Tokens> {
  const { privateKey } = await generateKeyPair('RS256');
  const claims = { iss: authority.issuer, tid: '11111111-1111-4111-8111-111111111111', roles: ['Tools.whoami'] };
  return {
    everything: [await authority.appToken(), await authority.userToken()],
    whoami: [await authority.appToken({ roles: ['Tools.whoami'] }), await authority.userToken({ roles: ['Tools.whoami'] }), await authority.userToken({ scp: 'whoami' })],
    probe: await authority.appToken({ oid: '55555555-5555-4555-8555-555555555555' }),
    nothing: [
      await authority.appToken({ exp: 1 }),
      await authority.appToken({ aud: 'another' }),
      await authority.appToken({ iss: 'https://evil.example' }),
      await authority.appToken({ ver: '1.0' }),
      await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'key-1', typ: 'JWT' }).sign(privateKey),
      await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'unknown', typ: 'JWT' }).sign(privateKey),
      await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: 'key-1', typ: 'JWT' }).sign(Buffer.alloc(32, 1)),
    ],
  };
}

describe('a server that is sent what no client sends', () => {
  it(`answers or closes, leaks nothing, lives on: ${ONLY === undefined ? REQUEST_COUNT : 1} requests, seed ${SEED} [fuzz.requests]`, async (t) => {
    const campaign = createCampaign({ server, seed: SEED, tokens: await tokensOf(azure), secrets: [ENVIRONMENT['MCP_REQUEST_STATE_KEY'] ?? ''], folders: [PROJECT, folder] });
    if (ONLY === undefined) await campaign.run(REQUEST_COUNT);
    else t.diagnostic(await campaign.replay(Number(ONLY)));

    const { tally } = campaign;
    assert.ok(tally.failures.length === 0, `${tally.failures.length} failures\n\n${tally.failures.join('\n\n')}`);
    if (ONLY !== undefined) return;

    const growthKiB = fittedGrowth(tally.residentKiB.slice(Math.ceil(tally.residentKiB.length * WARM_UP_SHARE)));
    t.diagnostic(`${tally.requests} requests on ${tally.cases} connections; outcomes: ${listOf(tally.outcomes)}; kinds: ${listOf(tally.kinds)}`);
    t.diagnostic(`memory of the server: ${tally.residentKiB.at(0)} KiB at first, ${tally.residentKiB.at(-1)} KiB at last, growth of the fitted line after the warm-up ${Math.round(growthKiB)} KiB`);
    if (IS_SOAK) assert.ok(growthKiB < MAX_GROWTH_KIB, `the memory of the server grew by ${Math.round(growthKiB)} KiB: ${tally.residentKiB.join(', ')}`);

    // A run in which everything is refused at the door would prove nothing.
    for (const status of ['200', '202', '400', '401', '403', '404', '405', '413', '415', '431']) assert.ok(tally.outcomes.has(status), `no answer with status ${status}`);
    assert.ok((tally.outcomes.get('200') ?? 0) > REQUEST_COUNT / 10, 'too few requests get to the protocol');
  });
});

function listOf(counts: ReadonlyMap<string, number>): string {
  return [...counts].sort(([left], [right]) => (left < right ? -1 : 1)).map(([name, value]) => `${name} ${value}`).join(', ');
}

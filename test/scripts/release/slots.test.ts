import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setDefaultCACertificates } from 'node:tls';
import { ensureCertificates } from '../../../local/core/certificates.ts';
import { openSlots } from '../../../scripts/release/arm/slots.ts';
import type { ReleaseTarget } from '../../../scripts/release/target.ts';

const SITE = '/subscriptions/sub/resourceGroups/group/providers/Microsoft.Web/sites/site';

/** The vendor's client, as a release uses it, against an ARM that asks for patience. */
describe('the slots through an ARM that throttles and fails', () => {
  const folder = mkdtempSync(join(tmpdir(), 'slots-'));
  const answers: { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown }[] = [];
  const asked: string[] = [];
  let server: Server;
  let armUrl = '';

  before(async () => {
    const { keyPem: key, certificatePem: cert, authorityPem } = await ensureCertificates(folder);
    setDefaultCACertificates([authorityPem]);
    server = createServer({ key, cert }, ({ method, url = '' }, response) => {
      asked.push(`${method} ${url.split('?')[0]}`);
      const { status, headers = {}, body = { error: { code: 'Busy', message: 'Busy.' } } } = answers.shift() ?? { status: 500 };
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    armUrl = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.close();
    server.closeAllConnections();
    rmSync(folder, { recursive: true });
  });

  it('asks again after 429 and 503, says so, and goes on with what it gets [release.arm-retries]', async () => {
    const told: string[] = [];
    const outputs = { resourceGroupName: 'group', siteName: 'site' } as ReleaseTarget['outputs'];
    const slots = openSlots({ armUrl, subscriptionId: 'sub', outputs, credential: { getToken: async () => ({ token: 't', expiresOnTimestamp: Date.now() + 3_600_000 }) } }, (text) => told.push(text));
    const patience = { headers: { 'retry-after': '0' } };
    answers.push({ status: 429, ...patience }, { status: 503, ...patience }, { status: 200, body: { value: [{ name: 'first' }, { name: 'second' }] } });
    assert.deepEqual(await slots.instances('staging'), ['first', 'second']);
    assert.deepEqual(asked, Array<string>(3).fill(`GET ${SITE}/slots/staging/instances`));
    assert.deepEqual(told, ['Azure Resource Manager answered 429, next try in 0 s', 'Azure Resource Manager answered 503, next try in 0 s']);
  });
});

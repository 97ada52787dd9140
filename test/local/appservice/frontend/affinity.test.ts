import assert from 'node:assert/strict';
import { it } from 'node:test';
import { affinityCookies, readAffinity } from '../../../../local/appservice/frontend/affinity.ts';

const id = 'ab'.repeat(32);
const on = { enabled: true, proxy: false, partitioned: false };

it('reads either cookie, and neither when affinity is off or the value is no instance id', () => {
  assert.equal(readAffinity(on, { cookie: `a=1; ARRAffinity=${id}` }), id);
  assert.equal(readAffinity(on, { cookie: `ARRAffinitySameSite=${id}` }), id);
  assert.equal(readAffinity({ ...on, enabled: false }, { cookie: `ARRAffinity=${id}` }), undefined);
  assert.equal(readAffinity(on, { cookie: 'ARRAffinity=short' }), undefined);
  assert.equal(readAffinity(on, {}), undefined);
});

it('marks both cookies as partitioned when the site asks for it', () => {
  for (const cookie of affinityCookies({ ...on, partitioned: true }, id, 'shop.example:443', {})) assert.match(cookie, /;Domain=shop\.example;Partitioned$/);
});

it('takes the domain from X-Forwarded-Host behind a proxy, and nothing else from it', () => {
  const behindProxy = { ...on, proxy: true };
  const domain = (headers: Record<string, string>, affinity = behindProxy): string | undefined => /Domain=([^;]*)/.exec(affinityCookies(affinity, id, 'shop.example', headers)[0] ?? '')?.[1];
  assert.equal(domain({ 'x-forwarded-host': 'front.example:8443, other' }), 'front.example');
  assert.equal(domain({ 'x-forwarded-host': 'front.example' }, on), 'shop.example');
  assert.equal(domain({ 'x-forwarded-host': 'evil;Domain=other' }), 'shop.example');
  assert.equal(domain({}), 'shop.example');
});

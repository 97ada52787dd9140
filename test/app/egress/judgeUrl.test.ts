import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isAddress, judgeUrl } from '../../../app/egress/judgeUrl.ts';
import { egressHostSchema, toEgressHosts } from '../../../app/tools/egressHosts.ts';

const declared = toEgressHosts(['api.example.com', 'xn--bcher-kva.example', { host: 'orders.example.com', port: 8_443, addresses: 'private' }, { host: 'orders.example.com', port: 9_443 }, { host: 'identity.example.com', port: 8_081 }]);
const endpoints = [{ host: '169.254.130.2', port: 8_081 }, { host: 'identity.example.com', port: 8_081 }, { host: 'fd00::1', port: 443 }];
const judge = (url: string) => judgeUrl(new URL(url), declared, endpoints);

describe('judgeUrl', () => {
  it('finds the declared host, as the URL parser writes its name', () => {
    for (const [url, host, port] of [
      ['https://api.example.com', 'api.example.com', 443], ['https://api.example.com:443/v1?q=1#f', 'api.example.com', 443], ['HTTPS://API.Example.COM/', 'api.example.com', 443],
      ['https://ＡＰＩ.example.com/', 'api.example.com', 443], ['https://api。example。com/', 'api.example.com', 443], ['https://%61pi.example.com/', 'api.example.com', 443], [' https:\\\\api.example.com\\v1', 'api.example.com', 443],
      ['https://bücher.example/', 'xn--bcher-kva.example', 443], ['https://BÜCHER.example/', 'xn--bcher-kva.example', 443],
      ['https://orders.example.com:8443/', 'orders.example.com', 8_443], ['https://orders.example.com:9443/', 'orders.example.com', 9_443],
    ] as const) {
      const { host: found } = judge(url);
      assert.deepEqual([found?.host, found?.port], [host, port], url);
    }
  });

  const refusals: Readonly<Record<string, readonly string[]>> = {
    'the host is not declared': [
      'https://evil.example', 'https://api.example.com.', 'https://api.example.com.evil.example', 'https://evil.example#api.example.com', 'https://evil.example?@api.example.com', 'https://xapi.example.com', 'https://sub.api.example.com',
      'https://example.com', 'https://localhost', 'https://metadata', 'https://аpi.example.com' /* a Cyrillic letter */, 'https://bu\u0308cher.example.com', 'https://api.example.com%2eevil.example',
    ],
    'only https is spoken': ['http://api.example.com', 'ws://api.example.com', 'wss://api.example.com', 'ftp://api.example.com', 'file:///etc/passwd', 'data:text/plain,a', 'javascript:1', 'gopher://api.example.com', 'blob:https://api.example.com/1'],
    'the URL holds a user name or a password; credentials go into a header': ['https://user@api.example.com', 'https://user:secret@api.example.com', 'https://:secret@api.example.com', 'https://api.example.com@evil.example'],
    'port 8443 of the host is not declared': ['https://api.example.com:8443'],
    'port 443 of the host is not declared': ['https://orders.example.com'],
    'port 80 of the host is not declared': ['https://api.example.com:80'],
    'an address stands in place of a host name': [
      'https://127.0.0.1', 'https://127.1', 'https://2130706433', 'https://0x7f000001', 'https://0x7f.1', 'https://0177.0.0.1', 'https://017700000001', 'https://１２７.0.0.1', 'https://127。0。0。1', 'https://127.0.0.1.', 'https://%31%32%37.0.0.1',
      'https://0', 'https://8.8.8.8', 'https://169.254.169.254', 'https://[::1]', 'https://[::ffff:127.0.0.1]', 'https://[2606:4700::1111]', 'https://[fd00:ec2::254]',
    ],
    'the platform hands out tokens there': ['https://identity.example.com:8081/msi/token', 'https://169.254.130.2:8081', 'https://[fd00::1]/msi/token', 'https://[FD00:0::1]'],
  };
  for (const [refusal, urls] of Object.entries(refusals)) {
    it(`refuses ${urls.length} forms: ${refusal}`, () => {
      for (const url of urls) assert.deepEqual(judge(url), { refusal }, url);
    });
  }

  it('takes a declared host for itself alone: what can be declared is what the URL parser makes of it', () => {
    const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?$/);
    const name = fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join('.'));
    fc.assert(fc.property(name, (host) => {
      if (!egressHostSchema.shape.host.safeParse(host).success) return;
      const { hostname } = new URL(`https://${host}`);
      assert.equal(hostname, host);
      assert.equal(isAddress(hostname), false);
    }), { numRuns: 2_000 });
  });
});

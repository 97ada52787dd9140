import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isSameAddress, judgeAddress, type AddressKind } from '../../../app/egress/addresses.ts';

/** Addresses and spellings, by what a tool may have of them. Both ends of a range, and its neighbours, where neighbours are public. */
const judged: Readonly<Record<AddressKind, readonly string[]>> = {
  public: [
    '1.1.1.1', '8.8.8.8', '13.107.246.40', '20.190.159.0',
    '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '126.255.255.255', '128.0.0.0', '168.63.129.15', '168.63.129.17', '169.253.255.255', '169.255.0.0',
    '172.15.255.255', '172.32.0.0', '191.255.255.255', '192.0.1.0', '192.0.3.0', '192.88.98.255', '192.88.100.0', '192.167.255.255', '192.169.0.0',
    '198.17.255.255', '198.20.0.0', '198.51.99.255', '198.51.101.0', '203.0.112.255', '203.0.114.0', '223.255.255.255',
    '2606:4700::1111', '2603:1030::1', '2a00:1450:4001:80b::200e', '2001:200::', '2003::', '2620:4e:ffff::', '2620:4f:8001::', '3ffe::', '2A00:1450:4001:080B:0000:0000:0000:200E',
  ],
  private: [
    '10.0.0.0', '10.0.0.4', '10.255.255.255', '172.16.0.0', '172.31.255.255', '192.168.0.0', '192.168.255.255', '100.64.0.0', '100.127.255.255',
    'fc00::', 'fc00::1', 'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'FD12:3456:789A::1', 'fd00:ec2::253', 'fd00:ec2::255',
  ],
  never: [
    // Services of the platform.
    '169.254.169.254', '168.63.129.16', 'fd00:ec2::254', 'fd00:0ec2:0:0:0:0:0:254', 'FD00:EC2::0:254', '169.254.130.2',
    // Unspecified, this network, loopback, link local.
    '0.0.0.0', '0.255.255.255', '127.0.0.0', '127.0.0.1', '127.255.255.255', '169.254.0.0', '169.254.255.255', '::', '::1', '0:0:0:0:0:0:0:1', 'fe80::1', 'febf:ffff::1', 'fec0::1',
    // Multicast, broadcast, reserved.
    '224.0.0.0', '224.0.0.251', '239.255.255.255', '240.0.0.0', '255.255.255.254', '255.255.255.255', 'ff02::1', 'ff0e::1',
    // The rest of the registries.
    '192.0.0.0', '192.0.0.192', '192.0.2.1', '192.31.196.1', '192.52.193.1', '192.88.99.1', '192.175.48.1', '198.18.0.0', '198.19.255.255', '198.51.100.7', '203.0.113.9',
    '100::1', '100:0:0:1::1', '2001::1', '2001:2::1', '2001:1ff:ffff::', '2001:db8::1', '2620:4f:8000::1', '3fff::1', '3fff:fff::', '4000::1', '5f00::1', '1fff::1',
    // An IPv4 address inside of an IPv6 address, private or public: mapped, compatible, NAT64, 6to4, Teredo.
    '::ffff:127.0.0.1', '::ffff:7f00:1', '0:0:0:0:0:FFFF:7F00:0001', '::ffff:169.254.169.254', '::ffff:10.0.0.4', '::ffff:8.8.8.8', '::ffff:0:127.0.0.1', '::127.0.0.1', '::7f00:1',
    '64:ff9b::7f00:1', '64:ff9b::169.254.169.254', '64:ff9b::8.8.8.8', '64:ff9b:1::a00:4', '2002:7f00:1::', '2002:a9fe:a9fe::1', '2002:808:808::1', '2001:0:7f00:1::',
    // Spellings that a resolver does not return.
    '', ' ', 'localhost', '127.1', '127.0.1', '2130706433', '0x7f000001', '0x7f.0.0.1', '0177.0.0.1', '017700000001', '127.0.0.01', '010.0.0.1', '8.8.8.8 ', '8.8.8', '8.8.8.8.8', '256.1.1.1',
    '１２７.0.0.1', '127。0。0。1', '[::1]', '[2606:4700::1111]', 'fe80::1%eth0', '2606:4700::1111%eth0', '8.8.8.8:443', '::ffff:999.1.1.1', '1::2::3', 'api.example.com',
  ],
};

describe('judgeAddress', () => {
  for (const [kind, addresses] of Object.entries(judged)) {
    it(`finds ${addresses.length} addresses and spellings ${kind} [egress.addresses]`, () => {
      assert.deepEqual(addresses.filter((address) => judgeAddress(address) !== kind), []);
    });
  }

  it('never lets an IPv4 address pass in a form of IPv6, whatever the address', () => {
    const hex = (high: number, low: number): string => ((high << 8) | low).toString(16);
    fc.assert(fc.property(fc.tuple(...Array.from({ length: 4 }, () => fc.nat(255))), ([a = 0, b = 0, c = 0, d = 0]) => {
      const [first, second, dotted] = [hex(a, b), hex(c, d), [a, b, c, d].join('.')];
      for (const form of [`::ffff:${dotted}`, `::ffff:${first}:${second}`, `::${dotted}`, `64:ff9b::${dotted}`, `64:ff9b:1::${first}:${second}`, `2002:${first}:${second}::1`]) assert.equal(judgeAddress(form), 'never', form);
    }));
  });

  it('judges every text, and takes none but addresses for reachable', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => judgeAddress(`${text}x`) === 'never'));
  });
});

describe('isSameAddress', () => {
  it('compares addresses, not texts', () => {
    for (const [left, right] of [['10.0.0.4', '10.0.0.4'], ['fd00::1', 'FD00:0:0::0001'], ['10.0.0.4', '::ffff:10.0.0.4']] as const) assert.equal(isSameAddress(left, right), true, `${left} ${right}`);
    for (const [left, right] of [['10.0.0.4', '10.0.0.5'], ['fd00::1', 'fd00::2'], ['10.0.0.4', 'fd00::1'], ['', ''], ['a', 'a'], ['10.0.0.4', '0x0a000004']] as const) assert.equal(isSameAddress(left, right), false, `${left} ${right}`);
  });
});

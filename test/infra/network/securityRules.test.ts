import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { tools as catalogue } from '../../../app/tools/index.ts';
import { toEgressHosts, type EgressDeclaration } from '../../../app/tools/egressHosts.ts';
import { endpointRules, outboundRules, unenforcedHosts, type ReachingTool } from '../../../infra/network/securityRules.ts';
import { evaluateOutbound, type Flow } from './evaluateRules.ts';

const ENDPOINTS = '10.64.0.64/27';

function tool(name: string, egress: readonly EgressDeclaration[], stage: 'stable' | 'disabled' = 'stable'): ReachingTool {
  return { name, egress: toEgressHosts(egress), lifecycle: { stage, reviewedOn: '2026-01-01' } };
}

const to = (flow: Partial<Flow>): Flow => ({ protocol: 'Tcp', address: '203.0.113.7', port: 443, tags: [], isInNetwork: false, ...flow });
const DNS = to({ protocol: 'Udp', address: '168.63.129.16', port: 53, tags: ['AzurePlatformDNS'] });
const METADATA = to({ address: '169.254.169.254', port: 80 });
const ENTRA = to({ address: '20.190.128.1', tags: ['AzureActiveDirectory', 'AzureCloud'] });
const MONITOR = to({ address: '20.38.146.1', tags: ['AzureMonitor', 'AzureCloud'] });
const STORAGE = to({ address: '20.60.1.1', tags: ['Storage', 'AzureCloud'] });
const VAULT = to({ address: '20.61.1.1', tags: ['AzureKeyVault', 'AzureCloud'] });
const ENDPOINT = to({ address: '10.64.0.68', isInNetwork: true });
const BESIDE = to({ address: '10.64.0.132', isInNetwork: true });
const ANYBODY = to({});

describe('rules of the integration subnet', () => {
  const rules = (tools: readonly ReachingTool[], privateEndpointsPrefix?: string) => outboundRules({ tools, privateEndpointsPrefix });
  const rows = (tools: readonly ReachingTool[], privateEndpointsPrefix?: string) =>
    rules(tools, privateEndpointsPrefix).map(({ priority, name, access, protocol, destinationAddressPrefix, destinationPortRange }) => [priority, name, access, protocol, destinationAddressPrefix, destinationPortRange].join(' '));
  const PLATFORM = [
    '100 allow-dns Allow * AzurePlatformDNS 53',
    '110 allow-entra Allow Tcp AzureActiveDirectory 443',
    '120 allow-monitor Allow Tcp AzureMonitor 443',
    '130 allow-storage Allow Tcp Storage 443',
  ];
  const IN_PUBLIC = '140 allow-key-vault Allow Tcp AzureKeyVault 443';
  const IN_PRIVATE = `140 allow-private-endpoints Allow Tcp ${ENDPOINTS} 443`;
  const REST = '4096 deny-all-outbound Deny * * *';

  const table: readonly { readonly of: string; readonly tools: readonly ReachingTool[]; readonly endpoints?: string; readonly rules: readonly string[]; readonly unenforced: readonly string[] }[] = [
    { of: 'no tool', tools: [], rules: [...PLATFORM, IN_PUBLIC, REST], unenforced: [] },
    { of: 'no tool, with private endpoints', tools: [], endpoints: ENDPOINTS, rules: [...PLATFORM, IN_PRIVATE, REST], unenforced: [] },
    { of: 'tools that reach nothing', tools: [tool('a', []), tool('b', [])], rules: [...PLATFORM, IN_PUBLIC, REST], unenforced: [] },
    { of: 'a public host', tools: [tool('a', ['api.example.com'])], rules: [...PLATFORM, IN_PUBLIC, '1000 allow-tools-public-443 Allow Tcp Internet 443', REST], unenforced: ['api.example.com'] },
    {
      of: 'public hosts of several tools and ports',
      tools: [tool('b', ['api.example.com', { host: 'api.example.com', port: 9_443 }]), tool('a', ['api.example.com', 'other.example.com'])],
      rules: [...PLATFORM, IN_PUBLIC, '1000 allow-tools-public-443 Allow Tcp Internet 443', '1001 allow-tools-public-9443 Allow Tcp Internet 9443', REST],
      unenforced: ['api.example.com', 'api.example.com:9443', 'other.example.com'],
    },
    { of: 'a private host', tools: [tool('a', [{ host: 'orders.example.com', port: 8_443, addresses: 'private' }])], rules: [...PLATFORM, IN_PUBLIC, '1000 allow-tools-private-8443 Allow Tcp VirtualNetwork 8443', REST], unenforced: [] },
    {
      of: 'both kinds on one port',
      tools: [tool('a', ['api.example.com', { host: 'orders.example.com', addresses: 'private' }])],
      rules: [...PLATFORM, IN_PUBLIC, '1000 allow-tools-private-443 Allow Tcp VirtualNetwork 443', '1001 allow-tools-public-443 Allow Tcp Internet 443', REST],
      unenforced: ['api.example.com'],
    },
    { of: 'a disabled tool', tools: [tool('a', ['api.example.com'], 'disabled')], rules: [...PLATFORM, IN_PUBLIC, REST], unenforced: [] },
  ];
  for (const { of, tools, endpoints, rules: expected, unenforced } of table) {
    it(`for ${of}`, () => {
      assert.deepEqual(rows(tools, endpoints), expected);
      assert.deepEqual(unenforcedHosts(tools), unenforced);
    });
  }

  it('name the tools that they are there for, in what Azure takes for a description', () => {
    const many = Array.from({ length: 40 }, (_, place) => tool(`tool_${place}`, ['api.example.com']));
    const [rule] = rules([tool('b', ['api.example.com']), tool('a', ['other.example.com'])]).filter(({ name }) => name === 'allow-tools-public-443');
    assert.equal(rule?.description, 'Tools: a, b');
    assert.equal(rules(many).find(({ name }) => name === 'allow-tools-public-443')?.description.length, 140);
  });

  it('let out what the shipped catalogue and the platform need, and nothing else [network.rules]', () => {
    for (const endpoints of [undefined, ENDPOINTS]) {
      const shipped = rules(catalogue, endpoints);
      const access = (flow: Flow): string => evaluateOutbound(shipped, flow).access;
      for (const flow of [DNS, ENTRA, MONITOR, STORAGE, ANYBODY, endpoints === undefined ? VAULT : ENDPOINT]) assert.equal(access(flow), 'Allow', JSON.stringify(flow));
      for (const port of [22, 25, 80, 587, 3_389, 5_432, 8_443]) assert.equal(access(to({ port })), 'Deny', `port ${port}`);
      assert.equal(access(to({ protocol: 'Udp' })), 'Deny', 'QUIC, which no tool can speak');
      assert.equal(access(BESIDE), 'Deny', 'other addresses of the network');
      // Not subject to groups: why the server's own client refuses it.
      assert.deepEqual(evaluateOutbound(shipped, METADATA), { access: 'Allow', rule: 'not subject to the group' });
    }
  });

  it('close the internet when no tool declares a public host, and the vault\'s public endpoint when it has a private one [network.rules-closed]', () => {
    const none = catalogue.map((declared) => ({ ...declared, egress: [] }));
    assert.equal(evaluateOutbound(rules(none), ANYBODY).access, 'Deny');
    assert.equal(evaluateOutbound(rules(none), VAULT).access, 'Allow');
    assert.equal(evaluateOutbound(rules(none, ENDPOINTS), VAULT).access, 'Deny');
    assert.equal(evaluateOutbound(rules(none), ENDPOINT).access, 'Deny');
  });

  const port = fc.oneof(fc.constant(443), fc.integer({ min: 1_024, max: 65_535 }), fc.constantFrom(8_443, 9_443));
  const tools = fc.array(fc.record({
    stage: fc.constantFrom('stable' as const, 'disabled' as const),
    egress: fc.array(fc.record({ host: fc.constantFrom('a.example.com', 'b.example.com', 'c.example.com'), port, addresses: fc.constantFrom('public' as const, 'private' as const) }), { maxLength: 5 }),
  }), { maxLength: 8 }).map((drawn) => drawn.map(({ stage, egress }, place) => tool(`tool_${place}`, egress, stage)));
  const flow = fc.record({
    protocol: fc.constantFrom('Tcp' as const, 'Udp' as const),
    port: fc.oneof(port, fc.integer({ min: 1, max: 65_535 }), fc.constantFrom(22, 25, 53, 80)),
    destination: fc.constantFrom(DNS, ENTRA, MONITOR, STORAGE, VAULT, ENDPOINT, BESIDE, ANYBODY),
  }).map(({ destination, ...rest }): Flow => ({ ...destination, ...rest }));

  it('of any catalogue pass a flow exactly when the platform or an enabled tool needs it [network.rules-property]', () => {
    fc.assert(fc.property(tools, flow, fc.boolean(), (drawn, going, isPrivate) => {
      const made = rules(drawn, isPrivate ? ENDPOINTS : undefined);
      const hosts = drawn.filter(({ lifecycle }) => lifecycle.stage !== 'disabled').flatMap(({ egress }) => egress);
      const isHttps = going.protocol === 'Tcp' && going.port === 443;
      const forPlatform = going.address === DNS.address
        || (isHttps && [ENTRA, MONITOR, STORAGE, ...(isPrivate ? [ENDPOINT] : [VAULT])].some(({ address }) => address === going.address));
      const forTool = going.protocol === 'Tcp' && hosts.some((host) => host.port === going.port && (host.addresses === 'private') === going.isInNetwork);
      assert.equal(evaluateOutbound(made, going).access, forPlatform || forTool ? 'Allow' : 'Deny', JSON.stringify({ going, rule: evaluateOutbound(made, going).rule }));
    }), { numRuns: 2_000 });
  });

  it('of any catalogue are rules that Azure takes: names and priorities of their own, within bounds', () => {
    fc.assert(fc.property(tools, (drawn) => {
      const made = rules(drawn);
      assert.equal(new Set(made.map(({ name }) => name)).size, made.length);
      assert.equal(new Set(made.map(({ priority }) => priority)).size, made.length);
      for (const { priority, description } of made) assert.ok(priority >= 100 && priority <= 4_096 && description.length <= 140);
      assert.deepEqual([made.at(-1)?.access, made.at(-1)?.priority], ['Deny', 4_096]);
    }));
  });
});

describe('rules of the private endpoints\' subnet', () => {
  it('let in HTTPS from the network, and nothing else in or out', () => {
    assert.deepEqual(endpointRules().map(({ priority, direction, access, protocol, sourceAddressPrefix, destinationAddressPrefix, destinationPortRange }) => [priority, direction, access, protocol, sourceAddressPrefix, destinationAddressPrefix, destinationPortRange].join(' ')), [
      '100 Inbound Allow Tcp VirtualNetwork * 443',
      '4096 Inbound Deny * * * *',
      '4096 Outbound Deny * * * *',
    ]);
  });
});

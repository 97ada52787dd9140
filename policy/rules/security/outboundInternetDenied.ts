import { CATALOGUE_TYPE, readCatalogue } from '../../catalogue.ts';
import { isRecord, readInput, readItems, readPath } from '../../readInput.ts';
import { doesNotConcern, found, notJudged, violation, type Finding, type StackResource, type StackRule } from '../../rule.ts';
import { deniesAll, readSecurityRules, type SecurityRule } from '../../securityRules.ts';
import { isMadeFrom, labelOf, ofTypes } from '../../stackResources.ts';
import { SITES_AND_SLOTS } from '../../typeKey.ts';

/** What the platform and the server need, by service tag, and the port that each is reached on. Source: learn.microsoft.com, "Virtual network service tags". */
const PLATFORM: Readonly<Record<string, string>> = { AzurePlatformDNS: '53', AzureActiveDirectory: '443', AzureMonitor: '443', Storage: '443', AzureKeyVault: '443' };
const HTTPS = '443';
const PRIVATE_RANGE = /^(?:10\.\d+|172\.(?:1[6-9]|2\d|3[01])|192\.168)\.\d+\.\d+(?:\/(?:1[6-9]|2\d|3[0-2]))?$/;
const APP_SERVICE = 'Microsoft.Web/serverFarms';

/** What a tool may reach is declared; what it reaches beyond that is stopped by the network. A group does so on the subnet that it stands on, and nowhere else. */
export const outboundInternetDenied: StackRule = {
  kind: 'stack',
  name: 'outbound-internet-denied',
  displayName: 'The network denies what nobody declared',
  description: 'The subnet that sites and slots are integrated into, and each other one of the network, has a network security group of the stack, which lets out what the platform needs and the tools of the catalogue declare, and denies the rest.',
  group: 'security',
  severity: 'medium',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: false,
  controls: {},
  remediationSteps: 'Set networkSecurityGroup on each subnet of the network to a group with a rule: direction Outbound, access Deny, protocol *, ports *, destination *; and let out nothing but service tags that the platform needs, and ports that tools declare.',
  url: 'https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview',
  judge(resources) {
    const app = ofTypes(resources, SITES_AND_SLOTS)[0];
    if (app === undefined) return doesNotConcern('The stack has neither sites nor slots.');
    const groups = ofTypes(resources, ['network:NetworkSecurityGroup']);
    if (groups.length === 0) return found([violation('The stack has no network security group: its sites reach the whole internet. Add one that denies it.', app.urn)]);
    const networks = ofTypes(resources, ['network:VirtualNetwork']);
    const declared = declaredPorts(resources);
    return found([
      ...groups.flatMap((group) => [judgeDenial(group), ...judgeOpenings(group, declared), judgeUse(group, networks)]),
      ...networks.flatMap(judgeSubnets),
      networks.some(takesApps) ? undefined : violation(`The stack has no subnet that is delegated to ${APP_SERVICE}: its sites stand in no network of the stack. Add one.`, app.urn),
    ]);
  },
};

function judgeDenial(group: StackResource): Finding | undefined {
  const rules = readSecurityRules(group.props);
  const verdicts = (rules ?? []).map((rule) => deniesAll(rule, 'Outbound'));
  if (verdicts.includes('yes')) return undefined;
  if (rules === undefined || verdicts.includes('unknown')) return notJudged(`${labelOf(group)}: securityRules`, 'Allowed: with one that denies what goes out to the internet.', group.urn);
  return violation(`${labelOf(group)} has no rule that denies what goes out to the internet. Add one: Outbound, Deny, protocol *, ports *, destination *.`, group.urn);
}

interface DeclaredPorts {
  readonly public: readonly string[];
  readonly private: readonly string[];
}

/** Ports of the hosts that tools of the catalogue declare, by where the hosts are. */
function declaredPorts(resources: readonly StackResource[]): DeclaredPorts | undefined {
  const component = resources.find(({ type }) => type === CATALOGUE_TYPE);
  if (component === undefined) return { public: [], private: [] };
  const catalogue = readCatalogue(component.props);
  if ('problem' in catalogue) return undefined;
  const ports: { public: string[]; private: string[] } = { public: [], private: [] };
  for (const entry of catalogue.entries) {
    const egress = 'problem' in entry ? undefined : readInput(entry.tool, 'egress');
    if (egress === undefined || egress.state === 'unknown') return undefined;
    for (const host of egress.state === 'known' ? readItems(egress.value) ?? [] : []) {
      if (host.state !== 'known' || !isRecord(host.value)) return undefined;
      const [port, addresses] = [readInput(host.value, 'port'), readInput(host.value, 'addresses')];
      if (port.state !== 'known' || addresses.state !== 'known') return undefined;
      ports[addresses.value === 'private' ? 'private' : 'public'].push(String(port.value));
    }
  }
  return ports;
}

function judgeOpenings(group: StackResource, declared: DeclaredPorts | undefined): (Finding | undefined)[] {
  return (readSecurityRules(group.props) ?? []).map((rule, place) => {
    const label = `${labelOf(group)}: securityRules[${place}]`;
    if (rule === undefined || rule.direction === undefined || rule.access === undefined) return notJudged(label, 'Allowed: what the platform needs, and what tools declare.', group.urn);
    if (rule.direction !== 'Outbound' || rule.access !== 'Allow') return undefined;
    const { destinations, ports, protocol } = rule;
    if (destinations === undefined || ports === undefined || protocol === undefined || declared === undefined) return notJudged(label, 'Allowed: what the platform needs, and what tools declare.', group.urn);
    return isNeeded({ destinations, ports, protocol }, declared) ? undefined : violation(`${label} lets out more than the platform needs and the tools declare. Allowed: service tags ${Object.keys(PLATFORM).join(', ')}, private addresses on ${HTTPS}, and VirtualNetwork or Internet on ports that tools declare; each by Tcp, but for DNS.`, group.urn);
  });
}

function isNeeded({ destinations, ports, protocol }: { [Part in 'destinations' | 'ports' | 'protocol']: NonNullable<SecurityRule[Part]> }, declared: DeclaredPorts): boolean {
  return destinations.length > 0 && ports.length > 0 && destinations.every((destination) => {
    const allowed = destination === 'Internet' ? declared.public : destination === 'VirtualNetwork' ? declared.private : PRIVATE_RANGE.test(destination) ? [HTTPS] : Object.hasOwn(PLATFORM, destination) ? [PLATFORM[destination] ?? ''] : [];
    return ports.every((port) => allowed.includes(port)) && (protocol === 'Tcp' || destination === 'AzurePlatformDNS');
  });
}

function judgeUse(group: StackResource, networks: readonly StackResource[]): Finding | undefined {
  return networks.some((network) => isMadeFrom(network, 'subnets', group)) ? undefined : violation(`${labelOf(group)} stands on no subnet of the stack's network: it denies nothing. Name it in networkSecurityGroup of the subnet.`, group.urn);
}

function judgeSubnets(network: StackResource): (Finding | undefined)[] {
  const subnets = readInput(network.props, 'subnets');
  if (subnets.state === 'unknown') return [notJudged(`${labelOf(network)}: subnets`, 'Allowed: each with a networkSecurityGroup.', network.urn)];
  return (subnets.state === 'known' ? readItems(subnets.value) ?? [] : []).map((subnet, place) => {
    const label = `${labelOf(network)}: subnets[${place}]`;
    if (subnet.state !== 'known' || !isRecord(subnet.value)) return notJudged(label, 'Allowed: with a networkSecurityGroup.', network.urn);
    // Its id is not known in a first preview: that there is one is.
    return readPath(subnet.value, 'networkSecurityGroup.id').state === 'absent' ? violation(`${label} has no network security group: nothing bounds what leaves it. Set networkSecurityGroup.`, network.urn) : undefined;
  });
}

function takesApps({ props }: StackResource): boolean {
  const subnets = readInput(props, 'subnets');
  if (subnets.state === 'unknown') return true;
  return (subnets.state === 'known' ? readItems(subnets.value) ?? [] : []).some((subnet) => {
    const delegations = subnet.state === 'known' && isRecord(subnet.value) ? readInput(subnet.value, 'delegations') : subnet;
    return delegations.state === 'unknown' || (delegations.state === 'known' && (readItems(delegations.value) ?? []).some((one) => one.state === 'unknown' || (one.state === 'known' && isRecord(one.value) && isAppService(one.value))));
  });
}

function isAppService(delegation: Readonly<Record<string, unknown>>): boolean {
  const service = readInput(delegation, 'serviceName');
  return service.state === 'unknown' || (service.state === 'known' && String(service.value).toLowerCase() === APP_SERVICE.toLowerCase());
}

import { keptAccounts } from '../../keptAccounts.ts';
import { isRecord, readInput, readItems, type Reading } from '../../readInput.ts';
import { judgeRequirement, mustBeOneOf } from '../../requirement.ts';
import { doesNotConcern, found, notJudged, violation, type Finding, type StackResource, type StackRule } from '../../rule.ts';
import { isMadeFrom, labelOf, ofTypes } from '../../stackResources.ts';
import { VAULT } from '../../typeKey.ts';

/** How a service is reached in private. Source: learn.microsoft.com, "Azure Private Endpoint private DNS zone values". */
interface Service {
  readonly publicAccess: string;
  /** What the public endpoint does with who is not named, should it be opened again. */
  readonly otherwise: string;
  readonly group: string;
  readonly zone: string;
}

const OF_VAULTS: Service = { publicAccess: 'properties.publicNetworkAccess', otherwise: 'properties.networkAcls.defaultAction', group: 'vault', zone: 'privatelink.vaultcore.azure.net' };
const OF_ACCOUNTS: Service = { publicAccess: 'publicNetworkAccess', otherwise: 'networkRuleSet.defaultAction', group: 'blob', zone: 'privatelink.blob.core.windows.net' };

/** Secrets and evidence are reached from the network of the app, and from nowhere else. An endpoint whose name leads elsewhere is none for who asks by name. */
export const privateEndpoints: StackRule = {
  kind: 'stack',
  name: 'private-endpoints',
  displayName: 'Vault and record by private endpoints',
  description: 'Vaults, and storage accounts that hold records under a retention policy, take no public requests, and have private endpoints to which their names lead in the network.',
  group: 'security',
  severity: 'medium',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: false,
  controls: { mcsb: ['NS-2', 'DP-8'], cis: ['4.9'], azurePolicy: { vault: 'a6abeaec-4d90-4a02-805f-6b26c4d3fbe9', account: '6edd7eda-6dd8-40f7-810d-67160c639cd9' } },
  remediationSteps: 'Set publicNetworkAccess: Disabled. Add a PrivateEndpoint whose privateLinkServiceConnections name the vault, and one for the account (group blob); for each a PrivateZone, a VirtualNetworkLink and a PrivateDnsZoneGroup.',
  url: 'https://learn.microsoft.com/azure/private-link/private-endpoint-overview',
  judge(resources) {
    const kept = [...ofTypes(resources, [VAULT]).map((one) => [one, OF_VAULTS] as const), ...keptAccounts(resources).map((one) => [one, OF_ACCOUNTS] as const)];
    if (kept.length === 0) return doesNotConcern('The stack has neither a vault nor records.');
    return found(kept.flatMap(([one, service]) => [...judgePublicAccess(one, service), judgeEndpoint(one, service, resources)]));
  },
};

function judgePublicAccess(one: StackResource, { publicAccess, otherwise }: Service): (Finding | undefined)[] {
  const requirements = [mustBeOneOf(publicAccess, ['Disabled'], { violates: 'the service then takes public requests' }), mustBeOneOf(otherwise, ['Deny'], { passes: 'nobody is let in as long as the public endpoint is closed' })];
  return requirements.map((requirement) => {
    const finding = judgeRequirement(one.props, requirement);
    return finding && { message: `${labelOf(one)}: ${finding.message}`, judged: finding.judged, urn: one.urn };
  });
}

function judgeEndpoint(one: StackResource, service: Service, resources: readonly StackResource[]): Finding | undefined {
  const endpoints = ofTypes(resources, ['network:PrivateEndpoint']).filter((endpoint) => isMadeFrom(endpoint, 'privateLinkServiceConnections', one));
  if (endpoints.length === 0) return violation(`${labelOf(one)} has no private endpoint. Add one.`, one.urn);
  const groups = endpoints.map((endpoint) => reachesGroup(readInput(endpoint.props, 'privateLinkServiceConnections'), service.group));
  if (groups.every((answer) => answer === 'unknown')) return notJudged(`${labelOf(one)}: the group of its private endpoint`, `Allowed: ${service.group}.`, one.urn);
  if (!groups.includes('yes')) return violation(`${labelOf(one)} has a private endpoint of another group. Allowed: ${service.group}.`, one.urn);
  return endpoints.some((endpoint) => isNamed(endpoint, service.zone, resources)) ? undefined
    : violation(`${labelOf(one)} has a private endpoint to which its name does not lead: its zone, the zone's link to the network or the zone group of the endpoint is missing. Allowed: the zone ${service.zone}.`, one.urn);
}

function reachesGroup(connections: Reading, group: string): 'yes' | 'no' | 'unknown' {
  if (connections.state === 'unknown') return 'unknown';
  const lists = (connections.state === 'known' ? readItems(connections.value) ?? [] : []).map((item) => (item.state === 'known' && isRecord(item.value) ? readInput(item.value, 'groupIds') : item));
  const ids = lists.flatMap((list) => (list.state === 'known' ? readItems(list.value) ?? [] : [list]));
  if (ids.some((id) => id.state === 'known' && id.value === group)) return 'yes';
  return ids.some(({ state }) => state === 'unknown') ? 'unknown' : 'no';
}

/** Whether the endpoint registers itself in this zone, and the network asks the zone. What belongs together is told by dependencies: ids are not known in a preview. */
function isNamed(endpoint: StackResource, zoneName: string, resources: readonly StackResource[]): boolean {
  const networks = ofTypes(resources, ['network:VirtualNetwork']);
  const groups = ofTypes(resources, ['network:PrivateDnsZoneGroup']).filter((group) => isMadeFrom(group, 'privateEndpointName', endpoint));
  const links = ofTypes(resources, ['privatedns:VirtualNetworkLink']).filter((link) => networks.some((network) => isMadeFrom(link, 'virtualNetwork', network)));
  return ofTypes(resources, ['privatedns:PrivateZone'])
    .filter(({ props }) => ['privateZoneName', 'name'].some((input) => isKnownAs(readInput(props, input), zoneName)))
    .some((zone) => groups.some((group) => isMadeFrom(group, 'privateDnsZoneConfigs', zone)) && links.some((link) => isMadeFrom(link, 'privateZoneName', zone)));
}

function isKnownAs(reading: Reading, value: string): boolean {
  return reading.state === 'known' && reading.value === value;
}

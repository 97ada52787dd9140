import { isRecord, readInput, readItems } from '../../readInput.ts';
import { doesNotConcern, found, notJudged, violation, type Finding, type ResourceRule } from '../../rule.ts';
import { deniesAll, readSecurityRules, type SecurityRule } from '../../securityRules.ts';
import { typeKeyOf } from '../../typeKey.ts';

const ALLOWED_RULE = 'Allowed: from VirtualNetwork, to port 443, by Tcp.';
const ALLOWED_POLICIES = ['NetworkSecurityGroupEnabled', 'Enabled'];

/** Vault and record answer to the instances and to operators in the network, by HTTPS. Unless the subnet says so, a group says nothing to private endpoints. */
export const inboundDenied: ResourceRule = {
  kind: 'resource',
  name: 'inbound-denied',
  displayName: 'The network lets in HTTPS from itself alone',
  description: 'Groups that let something in let in HTTPS from the network and deny the rest, and subnets of private endpoints are subject to their group.',
  group: 'security',
  severity: 'medium',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: false,
  controls: {},
  framework: { name: 'NIST SP 800-53', version: 'Rev. 5', reference: 'SC-7(5)', specification: 'Boundary protection: deny by default, allow by exception.' },
  remediationSteps: 'Let in Tcp to 443 from VirtualNetwork, deny all else inbound, and set privateEndpointNetworkPolicies of the endpoints\' subnet to NetworkSecurityGroupEnabled.',
  url: 'https://learn.microsoft.com/azure/private-link/disable-private-endpoint-network-policy',
  judge({ type, props }) {
    const key = typeKeyOf(type);
    if (key === 'network:NetworkSecurityGroup') return found(judgeGroup(readSecurityRules(props)));
    return key === 'network:VirtualNetwork' ? found(judgeSubnets(props)) : doesNotConcern('The resource is neither a network nor a network security group.');
  },
};

function judgeGroup(rules: readonly (SecurityRule | undefined)[] | undefined): (Finding | undefined)[] {
  if (rules === undefined) return [notJudged('securityRules', ALLOWED_RULE)];
  const findings = rules.map((rule, place) => judgeRule(rule, `securityRules[${place}]`));
  const letsIn = rules.some((rule) => rule?.direction === 'Inbound' && rule.access === 'Allow');
  const denials = rules.map((rule) => deniesAll(rule, 'Inbound'));
  return [...findings, letsIn && !denials.includes('yes') && !denials.includes('unknown') ? violation('securityRules let something in and do not deny the rest: Azure\'s own rules let in the whole network. Add one: Inbound, Deny, protocol *, ports *, source *.') : undefined];
}

function judgeRule(rule: SecurityRule | undefined, label: string): Finding | undefined {
  if (rule === undefined || rule.direction === undefined || rule.access === undefined) return notJudged(label, ALLOWED_RULE);
  if (rule.direction !== 'Inbound' || rule.access !== 'Allow') return undefined;
  const { sources, ports, protocol } = rule;
  if (sources === undefined || ports === undefined || protocol === undefined) return notJudged(label, ALLOWED_RULE);
  const isNarrow = protocol === 'Tcp' && sources.length > 0 && sources.every((source) => source === 'VirtualNetwork') && ports.length > 0 && ports.every((port) => port === '443');
  return isNarrow ? undefined : violation(`${label} lets in more than HTTPS from the network. ${ALLOWED_RULE}`);
}

function judgeSubnets(props: Readonly<Record<string, unknown>>): (Finding | undefined)[] {
  const subnets = readInput(props, 'subnets');
  if (subnets.state === 'unknown') return [notJudged('subnets', `Allowed: privateEndpointNetworkPolicies ${ALLOWED_POLICIES.join(' or ')}.`)];
  return (subnets.state === 'known' ? readItems(subnets.value) ?? [] : []).map((subnet, place) => {
    const label = `subnets[${place}].privateEndpointNetworkPolicies`;
    const allowed = `Allowed: ${ALLOWED_POLICIES.join(' or ')}.`;
    if (subnet.state !== 'known' || !isRecord(subnet.value)) return notJudged(label, allowed);
    const [delegations, policies] = [readInput(subnet.value, 'delegations'), readInput(subnet.value, 'privateEndpointNetworkPolicies')];
    // A subnet that is delegated to a service takes no endpoints.
    if (delegations.state === 'unknown' || (delegations.state === 'known' && (readItems(delegations.value) ?? []).length > 0)) return undefined;
    if (policies.state === 'unknown') return notJudged(label, allowed);
    return policies.state === 'known' && ALLOWED_POLICIES.includes(String(policies.value)) ? undefined : violation(`${label} keeps the group from private endpoints, or is left out. ${allowed}`);
  });
}

import { isRecord, readInput, readItems, type Reading } from '../../readInput.ts';
import { doesNotConcern, found, notJudged, violation, type StackResource, type StackRule } from '../../rule.ts';
import { labelOf, ofTypes } from '../../stackResources.ts';
import { SITES_AND_SLOTS } from '../../typeKey.ts';

const INTERNET = new Set(['Internet', '*', '0.0.0.0/0']);

/** What a tool may reach is declared; what it reaches beyond that is stopped by the network. */
export const outboundInternetDenied: StackRule = {
  kind: 'stack',
  name: 'outbound-internet-denied',
  displayName: 'The network denies the open internet',
  description: 'A stack with sites has a network security group, and each of its groups denies what goes out to the internet.',
  group: 'security',
  severity: 'medium',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: false,
  controls: {},
  remediationSteps: 'Add a NetworkSecurityGroup with a rule: direction Outbound, access Deny, protocol *, destinationAddressPrefix Internet, for the subnet that the sites are integrated into.',
  url: 'https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview',
  judge(resources) {
    const apps = ofTypes(resources, SITES_AND_SLOTS);
    if (apps.length === 0) return doesNotConcern('The stack has neither sites nor slots.');
    const groups = ofTypes(resources, ['network:NetworkSecurityGroup']);
    if (groups.length === 0) return found([violation('The stack has no network security group: its sites reach the whole internet. Add one that denies it.', apps[0]?.urn)]);
    return found(groups.map(judgeGroup));
  },
};

function judgeGroup(group: StackResource) {
  const rules = readInput(group.props, 'securityRules');
  const verdicts = (rules.state === 'known' ? readItems(rules.value) ?? [] : []).map(deniesInternet);
  if (verdicts.includes('yes')) return undefined;
  if (rules.state === 'unknown' || verdicts.includes('unknown')) return notJudged(`${labelOf(group)}: securityRules`, 'Allowed: with one that denies what goes out to the internet.', group.urn);
  return violation(`${labelOf(group)} has no rule that denies what goes out to the internet. Add one: Outbound, Deny, protocol *, destination Internet.`, group.urn);
}

function deniesInternet(item: Reading): 'yes' | 'no' | 'unknown' {
  if (item.state === 'unknown') return 'unknown';
  if (item.state === 'absent' || !isRecord(item.value)) return 'no';
  const rule = item.value;
  const parts = ([['direction', new Set(['Outbound'])], ['access', new Set(['Deny'])], ['protocol', new Set(['*'])], ['destinationAddressPrefix', INTERNET]] as const).map(([name, allowed]) => {
    const reading = readInput(rule, name);
    return reading.state === 'known' ? (allowed.has(String(reading.value)) ? 'yes' : 'no') : reading.state === 'unknown' ? 'unknown' : 'no';
  });
  return parts.includes('no') ? 'no' : parts.includes('unknown') ? 'unknown' : 'yes';
}

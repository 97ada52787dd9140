import { judgeRequirement, mustBe } from '../../requirement.ts';
import { readPath } from '../../readInput.ts';
import { doesNotConcern, found, notJudged, violation, type ResourceRule } from '../../rule.ts';
import { SITES_AND_SLOTS, typeKeyOf } from '../../typeKey.ts';

const TYPES: readonly string[] = SITES_AND_SLOTS;
const NOT_ROUTED = 'only private addresses are then routed';
/** From API version 2024-11-01 on the first; before, the others said the same. Linux apps still resolve Key Vault references in the network by the last alone: none may be off, one has to be on. */
const SWITCHES = ['outboundVnetRouting.allTraffic', 'vnetRouteAllEnabled', 'siteConfig.vnetRouteAllEnabled'] as const;
const ONE_ON = mustBe(SWITCHES[0], true, { violates: NOT_ROUTED });

/** What leaves the app can be bounded and seen only where it passes a network of one's own. */
export const vnetRouting: ResourceRule = {
  kind: 'resource',
  name: 'vnet-routing',
  displayName: 'All traffic goes through a virtual network',
  description: 'Sites and slots are integrated into a virtual network, and all that they send goes through it.',
  group: 'security',
  severity: 'medium',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: false,
  controls: { azurePolicy: { site: '72d04c29-f87d-4575-9731-419ff16a2757', slot: '24b7a1c6-44fe-40cc-a2e6-242d2ef70e98', siteTraffic: 'a691eacb-474d-47e4-b287-b4813ca44222', slotTraffic: 'f5c0bfb3-acea-47b1-b477-b0edcdf6edc1' } },
  remediationSteps: 'Set virtualNetworkSubnetId and outboundVnetRouting.allTraffic: true on the site and on each slot.',
  url: 'https://learn.microsoft.com/azure/app-service/overview-vnet-integration',
  judge({ type, props }) {
    if (!TYPES.includes(typeKeyOf(type))) return doesNotConcern('The resource is no App Service site or slot.');
    const subnet = readPath(props, 'virtualNetworkSubnetId');
    const areAbsent = SWITCHES.every((input) => readPath(props, input).state === 'absent');
    return found([
      subnet.state === 'unknown' ? notJudged('virtualNetworkSubnetId', 'It is judged again before the change is made.') : subnet.state === 'absent' ? violation('virtualNetworkSubnetId is left out: the app is in no virtual network. Allowed: the id of a subnet.') : undefined,
      ...(areAbsent ? [judgeRequirement(props, ONE_ON)] : SWITCHES.map((input) => judgeRequirement(props, mustBe(input, true, { passes: 'another one is on' })))),
    ]);
  },
};

import { doesNotConcern, found, violation, type StackRule } from '../../rule.ts';
import { belongsToSite, labelOf, ofTypes } from '../../stackResources.ts';
import { SITE, SLOT } from '../../typeKey.ts';

/** A new version is started and tried beside the old one, and takes over by a swap; without a slot every deployment is an outage. */
export const stagingSlot: StackRule = {
  kind: 'stack',
  name: 'staging-slot',
  displayName: 'Each site has a staging slot',
  description: 'Each site has a slot beside production in which a new version is started and tried before it takes over.',
  group: 'stateless',
  severity: 'medium',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: false,
  controls: {},
  remediationSteps: 'Add a WebAppSlot whose name is made from the site\'s.',
  url: 'https://learn.microsoft.com/azure/app-service/deploy-staging-slots',
  judge(resources) {
    const sites = ofTypes(resources, [SITE]);
    if (sites.length === 0) return doesNotConcern('The stack has no site.');
    const slots = ofTypes(resources, [SLOT]);
    return found(sites.map((site) => (slots.some((slot) => belongsToSite(slot, site)) ? undefined : violation(`${labelOf(site)} has no slot beside production. Add a WebAppSlot to it.`, site.urn))));
  },
};

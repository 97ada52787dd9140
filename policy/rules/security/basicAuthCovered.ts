import { doesNotConcern, found, violation, type StackResource, type StackRule } from '../../rule.ts';
import { belongsToSite, labelOf, ofTypes } from '../../stackResources.ts';
import { SITE, SLOT } from '../../typeKey.ts';

const SITE_SWITCHES = ['web:WebAppFtpAllowed', 'web:WebAppScmAllowed'] as const;
const SLOT_SWITCHES = ['web:WebAppFtpAllowedSlot', 'web:WebAppScmAllowedSlot'] as const;

/** The service takes passwords unless it is told otherwise, by resources that are easily forgotten: the slot's above all. */
export const basicAuthCovered: StackRule = {
  kind: 'stack',
  name: 'basic-auth-covered',
  displayName: 'Passwords are switched off for each site and slot',
  description: 'Each site and each slot has its own resources that switch off passwords for FTP and for the SCM site.',
  group: 'security',
  severity: 'high',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: true,
  controls: {},
  remediationSteps: `Add ${SITE_SWITCHES.join(' and ')} to each site, ${SLOT_SWITCHES.join(' and ')} to each slot, with allow: false; those of a slot depend on it (dependsOn).`,
  url: 'https://learn.microsoft.com/azure/app-service/configure-basic-auth-disable',
  judge(resources) {
    const sites = ofTypes(resources, [SITE]);
    const slots = ofTypes(resources, [SLOT]);
    if (sites.length + slots.length === 0) return doesNotConcern('The stack has neither sites nor slots.');
    return found([
      ...sites.flatMap((site) => SITE_SWITCHES.map((key) => (ofTypes(resources, [key]).some((one) => belongsToSite(one, site)) ? undefined : missing(site, key)))),
      ...slots.flatMap((slot) => SLOT_SWITCHES.map((key) => (ofTypes(resources, [key]).some((one) => belongsToSlot(one, slot)) ? undefined : missing(slot, key)))),
    ]);
  },
};

function missing(app: StackResource, key: string) {
  return violation(`${labelOf(app)} has no ${key}, and the service then takes passwords. Add one with allow: false that depends on it.`, app.urn);
}

/** Azure answers with no word about the slot, so it is told by what the resource depends on. */
function belongsToSlot(one: StackResource, slot: StackResource): boolean {
  return one.dependencies.some(({ urn }) => urn === slot.urn);
}

import { isRecord, readItems, readPath, type Reading } from '../../readInput.ts';
import { doesNotConcern, found, notJudged, violation, type Finding, type ResourceRule } from '../../rule.ts';
import { SITES_AND_SLOTS, typeKeyOf } from '../../typeKey.ts';

const TYPES: readonly string[] = SITES_AND_SLOTS;
/** The server's own, and those of its deployment site. */
const LISTS = [
  { rules: 'siteConfig.ipSecurityRestrictions', otherwise: 'siteConfig.ipSecurityRestrictionsDefaultAction' },
  { rules: 'siteConfig.scmIpSecurityRestrictions', otherwise: 'siteConfig.scmIpSecurityRestrictionsDefaultAction' },
] as const;
const SCM_AS_MAIN = 'siteConfig.scmIpSecurityRestrictionsUseMain';
const FRONT_DOOR = 'AzureFrontDoor.Backend';
const FRONT_DOOR_HEADER = 'x-azure-fdid';
/** Of one address up to a sixteenth of all. */
const RANGE = /^(?:\d{1,3}(?:\.\d{1,3}){3}\/(?:[4-9]|[12]\d|3[0-2])|[0-9a-f:]+\/(?:[4-9]|[1-9]\d|1[01]\d|12[0-8]))$/i;
const ALLOWED_RULE = `Allowed: a range of addresses, or the service tag ${FRONT_DOOR} with the header ${FRONT_DOOR_HEADER}.`;

/** A list of who may call keeps nobody out while the rest is let in; and all profiles of Front Door share their addresses. Source: learn.microsoft.com, "Set up Azure App Service access restrictions". */
export const inboundRestricted: ResourceRule = {
  kind: 'resource',
  name: 'inbound-restricted',
  displayName: 'Whoever is not named is not let in',
  description: 'Where a site or slot names who may call it, it denies the rest, at its deployment site as well; a Front Door is named by its id.',
  group: 'security',
  severity: 'high',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: true,
  controls: {},
  framework: { name: 'NIST SP 800-53', version: 'Rev. 5', reference: 'SC-7(5)', specification: 'Boundary protection: deny by default, allow by exception.' },
  remediationSteps: `Set ${LISTS.map(({ otherwise }) => otherwise).join(' and ')} to Deny, ${SCM_AS_MAIN} to false, and in each rule a range of addresses or the id of the Front Door.`,
  url: 'https://learn.microsoft.com/azure/app-service/app-service-ip-restrictions',
  judge({ type, props }) {
    if (!TYPES.includes(typeKeyOf(type))) return doesNotConcern('The resource is no App Service site or slot.');
    const [main] = LISTS;
    const named = readPath(props, main.rules);
    if (named.state === 'absent' || (named.state === 'known' && readItems(named.value)?.length === 0)) return doesNotConcern('The site or slot names nobody: all are let in.');
    return found([...LISTS.flatMap(({ rules, otherwise }) => [judgeWord(readPath(props, otherwise), otherwise, 'Deny'), ...judgeRules(readPath(props, rules), rules)]), judgeWord(readPath(props, SCM_AS_MAIN), SCM_AS_MAIN, false)]);
  },
};

function judgeWord(reading: Reading, input: string, allowed: string | boolean): Finding | undefined {
  if (reading.state === 'unknown') return notJudged(input, `Allowed: ${allowed}.`);
  return (reading.state === 'absent' && allowed === false) || (reading.state === 'known' && reading.value === allowed) ? undefined : violation(`${input} lets in who is not named, or is left out. Allowed: ${allowed}.`);
}

function judgeRules(rules: Reading, input: string): (Finding | undefined)[] {
  if (rules.state === 'unknown') return [notJudged(input, ALLOWED_RULE)];
  return (rules.state === 'known' ? readItems(rules.value) ?? [] : []).map((item, place) => {
    const label = `${input}[${place}]`;
    if (item.state !== 'known' || !isRecord(item.value)) return notJudged(label, ALLOWED_RULE);
    const [action, tag, address, ids] = ['action', 'tag', 'ipAddress', `headers.${FRONT_DOOR_HEADER}`].map((path) => readPath(item.value as Record<string, unknown>, path));
    const id = ids?.state === 'known' ? readItems(ids.value)?.[0] ?? ids : ids;
    if ([action, tag, address, id].some((reading) => reading?.state === 'unknown')) return notJudged(label, ALLOWED_RULE);
    if (textOf(action) !== 'Allow') return undefined;
    const isNarrow = textOf(tag) === 'ServiceTag' ? textOf(address) === FRONT_DOOR && textOf(id) !== '' : RANGE.test(textOf(address));
    return isNarrow ? undefined : violation(`${label} lets in more than it names. ${ALLOWED_RULE}`);
  });
}

function textOf(reading: Reading | undefined): string {
  return reading?.state === 'known' ? String(reading.value) : '';
}

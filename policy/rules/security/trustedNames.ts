import { SETTINGS_RESOURCES } from '../../appSettings.ts';
import { readInput, readPath, type Reading } from '../../readInput.ts';
import { doesNotConcern, found, notJudged, violation, type Finding, type StackResource, type StackRule } from '../../rule.ts';
import { labelOf, ofTypes } from '../../stackResources.ts';
import { SITES_AND_SLOTS, VAULT } from '../../typeKey.ts';

const TENANT = 'MCP_ENTRA_TENANT_ID';
const HOSTS = 'MCP_ALLOWED_HOSTS';

/** A server that trusts another tenant takes its tokens; one that answers to another name answers to pages that were led there by DNS. */
export const trustedNames: StackRule = {
  kind: 'stack',
  name: 'trusted-names',
  displayName: 'The server trusts its own tenant and hosts',
  description: `In the settings of site and slot the tenant (${TENANT}) is that of the vault, and the hosts (${HOSTS}) are those of the stack.`,
  group: 'security',
  severity: 'critical',
  enforcementLevel: 'mandatory',
  // Hosts come into being with the update; they are judged again then.
  blocksOnUnknown: false,
  controls: {},
  framework: { name: 'RFC 9700', version: '2025', reference: 'Section 2.3', specification: 'Access token privilege restriction: tokens are taken from the expected issuer, for the expected audience.' },
  remediationSteps: `Set ${TENANT} to the tenant of the deployment, and ${HOSTS} to the default host names of site and slot.`,
  url: 'https://www.rfc-editor.org/rfc/rfc9700',
  judge(resources) {
    const settings = ofTypes(resources, SETTINGS_RESOURCES);
    if (settings.length === 0) return doesNotConcern('The stack has no app settings.');
    const tenants = ofTypes(resources, [VAULT]).map(({ props }) => readPath(props, 'properties.tenantId'));
    const hosts = ofTypes(resources, SITES_AND_SLOTS).map(({ props }) => readInput(props, 'defaultHostName'));
    return found(settings.flatMap((one) => [
      judgeNames(one, TENANT, (text) => [text], tenants, 'the tenant of the vault of the stack'),
      judgeNames(one, HOSTS, (text) => text.split(','), hosts, 'default host names of sites and slots of the stack'),
    ]));
  },
};

function judgeNames(settings: StackResource, name: string, namesIn: (text: string) => readonly string[], own: readonly Reading[], allowed: string): Finding | undefined {
  const value = readPath(settings.props, `properties.${name}`);
  const label = `${labelOf(settings)}: ${name}`;
  if (value.state === 'absent') return undefined;
  if (value.state === 'unknown') return notJudged(label, `Allowed: ${allowed}.`, settings.urn);
  const isOwn = (text: string): boolean => own.some((reading) => reading.state === 'known' && reading.value === text);
  if (namesIn(String(value.value)).every(isOwn)) return undefined;
  return own.some(({ state }) => state === 'unknown') ? notJudged(label, `Allowed: ${allowed}.`, settings.urn) : violation(`${label} names what is none of the stack. Allowed: ${allowed}.`, settings.urn);
}

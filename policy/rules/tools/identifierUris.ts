import { readInput } from '../../readInput.ts';
import { doesNotConcern, found, notJudged, violation, type Finding, type StackResource, type StackRule } from '../../rule.ts';
import { isMadeFrom, labelOf, ofTypes } from '../../stackResources.ts';
import { SITES_AND_SLOTS } from '../../typeKey.ts';

const ALLOWED = 'Allowed: https, the default host name of a site or slot of the stack, without a slash at the end.';

/** Clients send the URL that they call as the resource of a token: an identifier that names another host brings tokens for another server. */
export const identifierUris: StackRule = {
  kind: 'stack',
  name: 'identifier-uris',
  displayName: 'Identifier URIs are the server\'s own',
  description: 'Each identifier URI of the application in Entra is the HTTPS address of a site or slot of the stack, and each of these has one.',
  group: 'tools',
  severity: 'high',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: false,
  controls: {},
  framework: { name: 'RFC 8707', version: '2020', reference: 'Section 2', specification: 'Resource parameter: the absolute URI of the resource that a token is for.' },
  remediationSteps: 'Make an ApplicationIdentifierUri from the defaultHostName of the site, and one from that of each slot.',
  url: 'https://www.rfc-editor.org/rfc/rfc8707',
  judge(resources) {
    const uris = ofTypes(resources, ['azuread:ApplicationIdentifierUri']);
    const apps = ofTypes(resources, SITES_AND_SLOTS);
    if (uris.length === 0 || apps.length === 0) return doesNotConcern('The stack has no identifier URIs, or nothing that they could name.');
    return found([...uris.map((uri) => judgeUri(uri, apps)), ...apps.map((app) => judgeApp(app, uris))]);
  },
};

function judgeUri(uri: StackResource, apps: readonly StackResource[]): Finding | undefined {
  const reading = readInput(uri.props, 'identifierUri');
  const hosts = apps.map(({ props }) => readInput(props, 'defaultHostName'));
  const label = `${labelOf(uri)}: identifierUri`;
  if (reading.state === 'unknown') return notJudged(label, ALLOWED, uri.urn);
  const text = reading.state === 'known' ? String(reading.value) : '';
  const host = /^https:\/\/([^/]+)(?:\/.*[^/])?$/.exec(text)?.[1];
  if (host === undefined) return violation(`${label} is no HTTPS address, or ends with a slash. ${ALLOWED}`, uri.urn);
  if (hosts.some((one) => one.state === 'known' && one.value === host)) return undefined;
  return hosts.some(({ state }) => state !== 'known') ? notJudged(label, ALLOWED, uri.urn) : violation(`${label} names a host that is none of the stack. ${ALLOWED}`, uri.urn);
}

function judgeApp(app: StackResource, uris: readonly StackResource[]): Finding | undefined {
  const host = readInput(app.props, 'defaultHostName');
  const isNamed = uris.some((uri) => isMadeFrom(uri, 'identifierUri', app) || startsWithHost(uri, host.state === 'known' ? String(host.value) : undefined));
  return isNamed ? undefined : violation(`${labelOf(app)} has no identifier URI: no token can be had for it. Add an ApplicationIdentifierUri made from its defaultHostName.`, app.urn);
}

function startsWithHost({ props }: StackResource, host: string | undefined): boolean {
  const uri = readInput(props, 'identifierUri');
  return host !== undefined && uri.state === 'known' && `${String(uri.value)}/`.startsWith(`https://${host}/`);
}

import { judgeCatalogue, type CatalogueEntry } from '../../catalogue.ts';
import { isRecord, readInput, readItems } from '../../readInput.ts';
import { notJudged, violation, type Finding, type ResourceRule } from '../../rule.ts';

/** As declarations take it: no address, whose last part would be a number. */
const HOST = /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const ALLOWED = 'Allowed: a list of hosts, each by its name in full; [] for none.';

/** What a tool reaches is what a misled agent reaches through it. */
export const toolEgress: ResourceRule = {
  kind: 'resource',
  name: 'tool-egress',
  displayName: 'Each tool declares what it reaches',
  description: 'Each tool of the catalogue lists the hosts that it reaches, without wildcards; an empty list when it reaches none.',
  group: 'tools',
  severity: 'medium',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: true,
  controls: {},
  framework: { name: 'NIST SP 800-53', version: 'Rev. 5', reference: 'SC-7(5)', specification: 'Boundary protection: deny by default, allow by exception.' },
  remediationSteps: 'Set egress in the declaration of the tool (app/tools) to the hosts that it reaches, by name.',
  url: 'https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final',
  judge: (resource) => judgeCatalogue(resource, judgeEgress),
};

function judgeEgress({ label, tool }: CatalogueEntry): (Finding | undefined)[] {
  const egress = readInput(tool, 'egress');
  if (egress.state === 'unknown') return [notJudged(`${label}: egress`, ALLOWED)];
  const hosts = egress.state === 'known' ? readItems(egress.value) : undefined;
  if (hosts === undefined) return [violation(`${label} does not declare what it reaches. ${ALLOWED}`)];
  return hosts.map((entry, place) => {
    const host = entry.state === 'known' && isRecord(entry.value) ? readInput(entry.value, 'host') : entry;
    if (host.state === 'unknown') return notJudged(`${label}: egress[${place}]`, ALLOWED);
    return host.state === 'known' && typeof host.value === 'string' && HOST.test(host.value) ? undefined : violation(`${label}: egress[${place}] names no host in full. ${ALLOWED}`);
  });
}

import { judgeCatalogue, type CatalogueEntry } from '../../catalogue.ts';
import { readPath } from '../../readInput.ts';
import { notJudged, violation, type Finding, type ResourceRule } from '../../rule.ts';

const LIMITS = ['callsPerMinute', 'concurrentCallsPerPrincipal'] as const;

/** An agent in a loop calls as fast as it is answered. */
export const toolLimited: ResourceRule = {
  kind: 'resource',
  name: 'tool-limited',
  displayName: 'Each tool limits its callers',
  description: 'Each tool of the catalogue limits how often, and how often at once, a principal may call it.',
  group: 'tools',
  severity: 'medium',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: false,
  controls: {},
  framework: { name: 'NIST SP 800-53', version: 'Rev. 5', reference: 'SC-5', specification: 'Denial-of-service protection: limit the effects of denial-of-service events.' },
  remediationSteps: `Set limits.${LIMITS.join(' and limits.')} in the declaration of the tool (app/tools), or leave the defaults.`,
  url: 'https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final',
  judge: (resource) => judgeCatalogue(resource, (entry) => LIMITS.map((limit) => judgeLimit(entry, limit))),
};

function judgeLimit({ label, tool }: CatalogueEntry, limit: string): Finding | undefined {
  const reading = readPath(tool, `limits.${limit}`);
  if (reading.state === 'unknown') return notJudged(`${label}: limits.${limit}`, 'Hand it to the component as a literal.');
  return reading.state === 'known' && typeof reading.value === 'number' && Number.isInteger(reading.value) && reading.value >= 1 ? undefined : violation(`${label} has no limits.${limit}. Allowed: a whole number, at least 1.`);
}

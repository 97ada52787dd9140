import { judgeCatalogue, type CatalogueEntry } from '../../catalogue.ts';
import { readInput } from '../../readInput.ts';
import { notJudged, violation, type Finding, type ResourceRule } from '../../rule.ts';

/** Role and scope are values of one application. Source: learn.microsoft.com, "appRole resource type", value. */
const VALUE = /^[\w.:-]{1,120}$/;

/** Who may call everything can be talked into everything: each tool has a role and a scope of its own. */
export const toolScoped: ResourceRule = {
  kind: 'resource',
  name: 'tool-scoped',
  displayName: 'Each tool has a role and a scope',
  description: 'Each tool of the catalogue names the application role and the delegated scope that it takes.',
  group: 'tools',
  severity: 'high',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: true,
  controls: {},
  framework: { name: 'NIST SP 800-53', version: 'Rev. 5', reference: 'AC-6', specification: 'Least privilege: allow only what is necessary to accomplish assigned tasks.' },
  remediationSteps: 'Set access.role and access.scope in the declaration of the tool (app/tools).',
  url: 'https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final',
  judge: (resource) => judgeCatalogue(resource, (entry) => (['role', 'scope'] as const).map((field) => judgeField(entry, field))),
};

function judgeField({ label, tool }: CatalogueEntry, field: 'role' | 'scope'): Finding | undefined {
  const reading = readInput(tool, field);
  const remedy = `Set access.${field} in its declaration.`;
  if (reading.state === 'unknown') return notJudged(`${label}: ${field}`, remedy);
  return reading.state === 'known' && typeof reading.value === 'string' && VALUE.test(reading.value) ? undefined : violation(`${label} has no ${field}, or one that Entra does not take. ${remedy}`);
}

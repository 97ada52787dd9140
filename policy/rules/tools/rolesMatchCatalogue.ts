import { CATALOGUE_TYPE, readCatalogue } from '../../catalogue.ts';
import { isRecord, readInput, readItems, readPath, type Reading } from '../../readInput.ts';
import { doesNotConcern, found, notJudged, violation, type Finding, type StackResource, type StackRule } from '../../rule.ts';
import { labelOf, ofTypes } from '../../stackResources.ts';

/** What stands for all tools, and what opens the lists alone. A test holds them together with the server. */
const EXTRA = { role: 'Mcp.CallAllTools', scope: 'mcp.access' } as const;
const LISTS = [['role', 'appRoles'], ['scope', 'api.oauth2PermissionScopes']] as const;

/** A role that Entra has and the catalogue has not opens something that nobody reviewed; the other way round a tool cannot be called. */
export const rolesMatchCatalogue: StackRule = {
  kind: 'stack',
  name: 'roles-match-catalogue',
  displayName: 'Entra and the catalogue agree',
  description: 'The application in Entra has exactly the roles and scopes of the catalogue of tools, and the two that stand for all of them.',
  group: 'tools',
  severity: 'high',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: false,
  controls: {},
  framework: { name: 'NIST SP 800-53', version: 'Rev. 5', reference: 'AC-3', specification: 'Access enforcement: enforce approved authorizations.' },
  remediationSteps: 'Let appRoles and api.oauth2PermissionScopes of the application derive from the declarations of the tools (infra/components/toolApi.ts).',
  url: 'https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final',
  judge(resources) {
    const component = resources.find(({ type }) => type === CATALOGUE_TYPE);
    const application = ofTypes(resources, ['azuread:Application'])[0];
    if (component === undefined || application === undefined) return doesNotConcern('The stack has no catalogue of tools, or no application in Entra.');
    const catalogue = readCatalogue(component.props);
    if ('problem' in catalogue) return found([{ ...catalogue.problem, urn: component.urn }]);
    const tools = catalogue.entries.flatMap((entry) => ('problem' in entry ? [] : [entry.tool]));
    if (tools.length < catalogue.entries.length) return found([notJudged('The catalogue of tools', 'Hand it to the component as literals.', component.urn)]);
    return found(LISTS.map(([field, input]) => compare(application, input, field, [...tools.map((tool) => readInput(tool, field)), { state: 'known', value: EXTRA[field] }])));
  },
};

function compare(application: StackResource, input: string, field: string, wanted: readonly Reading[]): Finding | undefined {
  const label = `${labelOf(application)}: ${input}`;
  const list = readPath(application.props, input);
  const items = list.state === 'known' ? readItems(list.value) ?? [] : [];
  const given = items.map((item): Reading => (item.state === 'known' && isRecord(item.value) ? readInput(item.value, 'value') : item));
  if ([list, ...given, ...wanted].some(({ state }) => state === 'unknown')) return notJudged(label, 'It is judged again when the values are known.', application.urn);
  const [inEntra, declared] = [valuesOf(given), valuesOf(wanted)];
  const [missing, extra] = [declared.filter((value) => !inEntra.includes(value)).length, inEntra.filter((value) => !declared.includes(value)).length];
  return missing + extra === 0 ? undefined : violation(`${label} differs from the catalogue: ${missing} of its values missing, ${extra} that no tool declares. Allowed: one ${field} a tool, and "${field === 'role' ? EXTRA.role : EXTRA.scope}".`, application.urn);
}

function valuesOf(readings: readonly Reading[]): readonly string[] {
  return readings.map((reading) => (reading.state === 'known' ? String(reading.value) : ''));
}

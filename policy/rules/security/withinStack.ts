import { SETTINGS_RESOURCES } from '../../appSettings.ts';
import { readInput } from '../../readInput.ts';
import { doesNotConcern, found, violation, type Finding, type StackResource, type StackRule } from '../../rule.ts';
import { labelOf, ofTypes } from '../../stackResources.ts';
import { SITE, SLOT, STORAGE_ACCOUNT, typeKeyOf, VAULT } from '../../typeKey.ts';

const IDENTITY = 'managedidentity:UserAssignedIdentity';
const PLAN = 'web:AppServicePlan';
const NETWORK = 'network:VirtualNetwork';
const COMPONENT = 'applicationinsights:Component';
const WORKSPACE = 'operationalinsights:Workspace';
const TEST = 'applicationinsights:WebTest';
const APPLICATION = 'azuread:Application';
const CONTAINER = 'storage:BlobContainer';

/** Inputs, and the types of which a resource of the stack has to have gone into each. A list in a list: one of these. */
type Wiring = Readonly<Record<string, readonly (string | readonly string[])[]>>;

const OF_APPS: Wiring = { identity: [IDENTITY], keyVaultReferenceIdentity: [IDENTITY], serverFarmId: [PLAN], virtualNetworkSubnetId: [NETWORK] };
/** Where telemetry goes, who the app is, whose tokens it takes, what signs and what keeps the record, what it runs. */
const OF_SETTINGS: Wiring = { name: [SITE], properties: [COMPONENT, IDENTITY, APPLICATION, 'keyvault:Key', 'keyvault:Secret', STORAGE_ACCOUNT, 'storage:Blob'] };
const OF_SWITCHES: Wiring = { name: [SITE] };

const WIRING: Readonly<Record<string, Wiring>> = {
  [SITE]: OF_APPS,
  [SLOT]: { ...OF_APPS, name: [SITE] },
  ...Object.fromEntries(SETTINGS_RESOURCES.map((key) => [key, OF_SETTINGS])),
  ...Object.fromEntries(['web:WebAppFtpAllowed', 'web:WebAppFtpAllowedSlot', 'web:WebAppScmAllowed', 'web:WebAppScmAllowedSlot', 'web:WebAppSlotConfigurationNames'].map((key) => [key, OF_SWITCHES])),
  'authorization:RoleAssignment': { principalId: [IDENTITY] },
  'keyvault:Key': { vaultName: [VAULT] },
  'keyvault:Secret': { vaultName: [VAULT] },
  'storage:Blob': { accountName: [STORAGE_ACCOUNT], containerName: [CONTAINER] },
  [CONTAINER]: { accountName: [STORAGE_ACCOUNT] },
  'storage:BlobServiceProperties': { accountName: [STORAGE_ACCOUNT] },
  'storage:BlobContainerImmutabilityPolicy': { accountName: [STORAGE_ACCOUNT], containerName: [CONTAINER] },
  'network:PrivateEndpoint': { subnet: [NETWORK] },
  [COMPONENT]: { workspaceResourceId: [WORKSPACE] },
  'monitor:DiagnosticSetting': { workspaceId: [WORKSPACE] },
  'monitor:ScheduledQueryRule': { scopes: [COMPONENT] },
  'monitor:MetricAlert': { scopes: [[SITE, TEST]] },
  [TEST]: { request: [SITE] },
  'monitor:AutoscaleSetting': { targetResourceUri: [PLAN], profiles: [PLAN] },
  'azuread:ServicePrincipal': { clientId: [APPLICATION] },
  'azuread:ApplicationIdentifierUri': { applicationId: [APPLICATION] },
  'azuread:ApplicationPreAuthorized': { applicationId: [APPLICATION] },
  'azuread:AppRoleAssignment': { resourceObjectId: ['azuread:ServicePrincipal'] },
};

/** Logs that leave for another workspace, a right for somebody else's identity, a record in another account: nothing of it shows in a resource alone. Told by dependencies, which a preview knows. */
export const withinStack: StackRule = {
  kind: 'stack',
  name: 'within-stack',
  displayName: 'Nothing leads out of the stack',
  description: 'What resources run as, stand in, send to, are assigned to and belong to is of the stack itself: made from its resources, not from ids written down.',
  group: 'security',
  severity: 'high',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: false,
  controls: {},
  framework: { name: 'NIST SP 800-53', version: 'Rev. 5', reference: 'AC-4', specification: 'Information flow enforcement: control the flow of information within the system and between connected systems.' },
  remediationSteps: 'Give the input an output of the resource that the finding names. Where it has to lead out of the stack, such as to a workspace of the whole organisation, exempt the resource.',
  url: 'https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final',
  judge(resources) {
    const wired = ofTypes(resources, Object.keys(WIRING));
    if (wired.length === 0) return doesNotConcern('The stack has nothing that refers to others.');
    const types = new Map(resources.map(({ urn, type }) => [urn, typeKeyOf(type)]));
    return found(wired.flatMap((one) => Object.entries(WIRING[typeKeyOf(one.type)] ?? {}).flatMap(([input, sources]) => judgeInput(one, input, sources, types))));
  },
};

function judgeInput(one: StackResource, input: string, sources: readonly (string | readonly string[])[], types: ReadonlyMap<string, string>): Finding[] {
  const given = (one.propertyDependencies[input] ?? []).map(({ urn }) => types.get(urn) ?? '');
  // Left out, which is for other rules; or Azure does not answer with it, so that the preview was the one to judge.
  if (given.length === 0 && readInput(one.props, input).state === 'absent') return [];
  return sources.filter((source) => ![source].flat().some((key) => given.includes(key))).map((source) => violation(`${labelOf(one)}: ${input} is not made from a ${[source].flat().join(' or ')} of the stack. Use an output of that.`, one.urn));
}

import { createHash } from 'node:crypto';
import { createLedger } from '../../../../policy/exemptionLedger.ts';
import { rulesOn } from '../../../../policy/rules/index.ts';
import { REPORT_VERSION, reportSchema, SUBJECT_KINDS, type Outcome, type Report, type ReportRule, type RuleResult, type Subject, type SubjectKind } from '../../../../scripts/policy/report.ts';

/** How big a report is made, and how much of it is wrong. */
export interface SampleSize {
  readonly stacks: readonly string[];
  readonly resourcesPerStack: number;
  /** Rules that concern each resource; all of them when absent. */
  readonly rulesPerResource?: number;
  readonly seed?: number;
}

const TODAY = '2026-11-25';
const AT = `${TODAY}T09:30:00.000Z`;
const SUBSCRIPTION = '/subscriptions/0a4c1b52-8d6e-4f0b-9f63-2f1f5e0c7a11';

/** Components and what they are made of, as the program has them. */
const PARTS: readonly (readonly [component: string, type: string, name: string])[] = [
  ['HostedApp', 'azure-native:web:WebApp', 'mcp'], ['HostedApp', 'azure-native:web:WebAppSlot', 'mcp-staging'], ['HostedApp', 'azure-native:web:AppServicePlan', 'mcp-plan'],
  ['HostedApp', 'azure-native:web:WebAppFtpAllowed', 'mcp-ftp'], ['HostedApp', 'azure-native:web:WebAppScmAllowed', 'mcp-scm'], ['HostedApp', 'azure-native:web:WebAppFtpAllowedSlot', 'mcp-staging-ftp'],
  ['AppSettings', 'azure-native:web:WebAppApplicationSettings', 'mcp-settings'], ['AppSettings', 'azure-native:web:WebAppApplicationSettingsSlot', 'mcp-staging-settings'],
  ['Secrets', 'azure-native:keyvault:Vault', 'mcp-vault'], ['Secrets', 'azure-native:keyvault:Secret', 'mcp-request-state-key'], ['StateStore', 'azure-native:storage:StorageAccount', 'mcpstate'],
  ['StateStore', 'azure-native:storage:BlobContainer', 'mcp-record'], ['PackageStore', 'azure-native:storage:StorageAccount', 'mcppackages'], ['Observability', 'azure-native:operationalinsights:Workspace', 'mcp-logs'],
  ['Observability', 'azure-native:applicationinsights:Component', 'mcp-insights'], ['Network', 'azure-native:network:VirtualNetwork', 'mcp-network'], ['Network', 'azure-native:network:NetworkSecurityGroup', 'mcp-outbound'],
  ['PrivateEndpoints', 'azure-native:network:PrivateEndpoint', 'mcp-vault-endpoint'], ['Scaling', 'azure-native:monitor:AutoscaleSetting', 'mcp-autoscale'], ['Locks', 'azure-native:authorization:ManagementLockByScope', 'mcp-vault-lock'],
  ['Grants', 'azure-native:authorization:RoleAssignment', 'mcp-vault-reader'], ['CustomRoles', 'azure-native:authorization:RoleDefinition', 'mcp-recorder'], ['Alerts', 'azure-native:monitor:MetricAlert', 'mcp-5xx'],
  ['Diagnostics', 'azure-native:monitor:DiagnosticSetting', 'mcp-vault-diagnostics'], ['ToolApi', 'azuread:index/application:Application', 'mcp-api'], ['Identity', 'azure-native:managedidentity:UserAssignedIdentity', 'mcp-identity'],
];

/** A report as the shipped pack would fill it: its rules with their own words, resources of the program, and outcomes drawn by a seed. The same arguments give the same report. */
export function sampleReport({ stacks, resourcesPerStack, rulesPerResource, seed = 1 }: SampleSize): Report {
  const random = randomOf(seed);
  const rules = sampleRules(stacks);
  return reportSchema.parse({
    version: REPORT_VERSION,
    generatedAt: AT,
    commit: { id: digestOf('commit').slice(0, 40), isDirty: true },
    pack: { name: 'mcp-app-service', version: '1.4.0', sha256: digestOf('pack') },
    rules,
    exemptions: stacks.flatMap((stack, place) => [
      { stack, rule: 'storage-no-shared-key', resource: 'azure-native:storage:StorageAccount::mcppackages', reason: 'azure-native uploads blobs with the account key; the account holds nothing but packages, which are no secret', owner: 'mcp-platform', ticket: 'https://github.com/pulumi/pulumi-azure-native/issues/2948', expires: '2027-05-31', state: 'in-use' },
      ...(place === 0 ? [{ stack, rule: 'private-endpoints', resource: `azure-native:keyvault:Vault::mcp-vault`, reason: 'the network of the pilot has no DNS zone yet', owner: 'network', ticket: 'NET-412', expires: '2026-10-31', state: 'expired' }] : []),
      ...(place === 1 ? [{ stack, rule: 'locks', resource: 'azure-native:operationalinsights:Workspace::mcp-logs', reason: 'moved to another region in spring', owner: 'mcp-platform', ticket: 'OPS-77', expires: TODAY, state: 'unused' }] : []),
    ]),
    subjects: stacks.flatMap((stack, place) => SUBJECT_KINDS.map((kind) => sampleSubject(stack, kind, place, rules, resourcesPerStack, rulesPerResource ?? rules.length, random))),
  });
}

export function sampleRules(stacks: readonly string[]): ReportRule[] {
  return rulesOn(createLedger([], TODAY)).map(({ name, displayName, description, group, severity, controls, framework, remediationSteps, url }) => ({
    id: name, title: displayName, description, group, severity, remediation: remediationSteps, url,
    controls: {
      mcsb: [...(controls.mcsb ?? [])], cis: [...(controls.cis ?? [])], azurePolicy: Object.entries(controls.azurePolicy ?? {}).map(([what, id]) => ({ what, id })),
      ...(framework === undefined ? {} : { other: `${framework.name} ${framework.version ?? ''}, ${framework.reference ?? ''}` }),
    },
    levels: Object.fromEntries(stacks.map((stack) => [stack, levelOf(name, stack)])),
  }));
}

const ADVISORY = ['private-endpoints', 'diagnostic-settings', 'alerts', 'autoscale-bounds', 'tool-reviewed', 'locks'];

/** Of each level some, whatever the pack is shipped with. */
function levelOf(rule: string, stack: string): ReportRule['levels'][string] {
  if (rule === 'locks' && stack === 'staging') return 'disabled';
  return ADVISORY.includes(rule) ? 'advisory' : 'mandatory';
}

function sampleSubject(stack: string, kind: SubjectKind, place: number, rules: readonly ReportRule[], count: number, perResource: number, random: () => number): Subject {
  const isUnjudged = kind === 'live' && place === 1;
  const resources = [{ urn: `urn:pulumi:${stack}::mcp-app-service::pulumi:pulumi:Stack::mcp-app-service-${stack}`, type: 'pulumi:pulumi:Stack', name: `mcp-app-service-${stack}` }, ...Array.from({ length: count - 1 }, (_, at) => {
    const [component = '', type = '', base = ''] = PARTS[at % PARTS.length] ?? [];
    const name = at < PARTS.length ? base : `${base}-${Math.floor(at / PARTS.length) + 1}`;
    return {
      urn: `urn:pulumi:${stack}::mcp-app-service::mcp:infra:${component}$${type}::${name}`, type, name,
      ...(kind === 'preview' ? {} : { id: `${SUBSCRIPTION}/resourceGroups/mcp-${stack}/providers/Microsoft.${type.split(':')[1] ?? ''}/${type.split(':').at(-1) ?? ''}/${name}` }),
    };
  })];
  const results = isUnjudged ? [] : resources.flatMap((resource, at): RuleResult[] => {
    const offset = (at * 7) % rules.length;
    const drawn = Array.from({ length: Math.min(perResource, rules.length) }, (_, step) => rules[(offset + step * 3) % rules.length]);
    const exempted = resource.name === 'mcppackages' ? rules.filter(({ id }) => id === 'storage-no-shared-key') : [];
    return [...new Set([...exempted, ...drawn])].flatMap((rule): RuleResult[] => {
      const level = rule?.levels[stack];
      if (!rule || level === undefined || level === 'disabled') return [];
      const outcome = drawOutcome(random(), kind, place, rule, level, resource.name);
      const message = outcome === 'passed' ? {} : { message: messageOf(outcome, rule) };
      return [{ rule: rule.id, resource: resource.urn, outcome, level: outcome === 'exempt' ? 'advisory' : level, ...message }];
    });
  });
  return {
    stack, kind, judgedAt: AT, status: isUnjudged ? 'unjudged' : 'judged',
    ...(isUnjudged ? { reason: 'Azure Resource Manager answered 403 for the resource group: whoever makes the report needs the role Reader on it.' } : { packVersion: place === 2 ? '1.3.2' : '1.4.0' }),
    packages: kind === 'preview' ? { built: digestOf(`built ${stack}`) } : { production: digestOf(`production ${stack}`), staging: digestOf(`built ${stack}`) },
    ...(kind === 'preview' ? {} : { lastUpdate: place === 0 ? { at: '2026-11-24T16:02:11.000Z', packVersion: '1.4.0', verdict: 'passed' } : place === 1 ? { at: '2026-11-20T23:48:05.000Z', verdict: 'unjudged' } : { verdict: 'unknown' } }),
    resources,
    missing: kind === 'live' && place === 0 ? [`urn:pulumi:${stack}::mcp-app-service::azure-native:monitor:DiagnosticSetting::deleted-by-hand`] : [],
    unmanaged: kind === 'live' && place === 0 ? [`${SUBSCRIPTION}/resourceGroups/mcp-${stack}/providers/Microsoft.Storage/storageAccounts/handmade`, `${SUBSCRIPTION}/resourceGroups/mcp-${stack}/providers/Microsoft.Insights/actionGroups/on-call`] : [],
    results,
    evidence: [
      { kind: kind === 'preview' ? 'event-log' : kind === 'deployed' ? 'state' : 'live-resources', file: `evidence/${stack}/${kind}.json`, sha256: digestOf(`${stack} ${kind}`), bytes: 48_213 + place * 1_777 },
      ...(kind === 'preview' ? [{ kind: 'policy-configuration' as const, file: `evidence/${stack}/policy-configuration.json`, sha256: digestOf(`configuration ${stack}`), bytes: 2_641 }] : []),
    ],
  };
}

function drawOutcome(drawn: number, kind: SubjectKind, place: number, rule: ReportRule, level: RuleResult['level'], name: string): Outcome {
  if (rule.id === 'storage-no-shared-key' && name === 'mcppackages') return 'exempt';
  if (kind === 'preview' && drawn < 0.02) return 'not-judged';
  if (drawn > (level === 'advisory' ? 0.93 : 0.985) && (kind === 'live' || place !== 0)) return 'failed';
  return 'passed';
}

function messageOf(outcome: Outcome, { title, remediation }: ReportRule): string {
  if (outcome === 'not-judged') return `A value that this rule needs was not judged: it is not known before the change is made. ${remediation}`;
  return `${title}: the resource is not so. ${remediation}${outcome === 'exempt' ? ' Exempt until 2027-05-31, ticket 2948.' : ''}`;
}

export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Numbers from 0 to 1, the same for the same seed. Source: "mulberry32", a public-domain generator. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

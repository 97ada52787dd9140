import type { StateResource } from '../../../scripts/policy/engine/state.ts';
import type { Json } from '../../../scripts/policy/engine/properties.ts';
import type { PackRule } from '../../../scripts/policy/pack/rules.ts';

export const PACK = 'mcp-app-service';
export const STACK_URN = 'urn:pulumi:staging::mcp-app-service::pulumi:pulumi:Stack::mcp-app-service-staging';
const SITE_TYPE = 'azure-native:web:WebApp';

export function urnOf(type: string, name: string): string {
  return `urn:pulumi:staging::mcp-app-service::mcp:infra:HostedApp$${type}::${name}`;
}

export const SITE = urnOf(SITE_TYPE, 'site');
export const SLOT = urnOf(`${SITE_TYPE}Slot`, 'staging');

/** Rules as the pack tells them, of which only what a judgement reads differs. */
export function rule(id: string, kind: PackRule['kind'] = 'resource', group: PackRule['group'] = 'security'): PackRule {
  return { id, kind, group, title: id, description: `Holds ${id}.`, severity: 'high', controls: { mcsb: [], cis: [], azurePolicy: [] }, remediation: 'Mend it.', url: 'https://example.net/' };
}

/** Events without number and time, which `log` gives them. */
export type Events = readonly Readonly<Record<string, unknown>>[];

/** A line of an event log for each event, as the engine writes them. */
export function log(...events: Events): string {
  return events.map((event, sequence) => `${JSON.stringify({ sequence, timestamp: 1_795_600_000 + sequence, ...event })}\n`).join('');
}

const pack = { policyPackName: PACK, policyPackVersion: '0.2.0', policyPackVersionTag: '0.2.0' };

export const events = {
  summary: (resourceUrn: string, passed: readonly string[], failed: readonly string[] = []) => ({ policyAnalyzeSummaryEvent: { ...pack, resourceUrn, passed, failed } }),
  stackSummary: (passed: readonly string[], failed: readonly string[] = []) => ({ policyAnalyzeStackSummaryEvent: { ...pack, passed, failed } }),
  finding: (resourceUrn: string, policyName: string, enforcementLevel: 'advisory' | 'mandatory', message: string) =>
    ({ policyEvent: { ...pack, resourceUrn, policyName, enforcementLevel, color: 'never', message: `Holds ${policyName}.\n${message}\n` } }),
  step: (urn: string, { op = 'same', outputs = {}, inputs = {}, planning = true, id = '' }: { op?: string; outputs?: Record<string, Json>; inputs?: Record<string, Json>; planning?: boolean; id?: string } = {}) => {
    const type = urn.split('::')[2]?.split('$').at(-1) ?? '';
    const metadata = { op, urn, type, old: { urn, type, id, inputs: {}, outputs: {} }, new: op === 'delete' ? null : { urn, type, id, inputs, outputs }, provider: '' };
    // The engine leaves `planning` out when it is false.
    return { resOutputsEvent: { metadata, ...(planning ? { planning } : {}) }, resourcePreEvent: { metadata, ...(planning ? { planning } : {}) } };
  },
  error: (message: string, urn?: string) => ({ diagnosticEvent: { severity: 'error', message: `<{%reset%}>${message}<{%reset%}>\n`, ...(urn === undefined ? {} : { urn }) } }),
  end: (isPreview: boolean) => ({ summaryEvent: { maybeCorrupt: false, durationSeconds: 1, resourceChanges: {}, PolicyPacks: {}, isPreview } }),
};

export function resource(urn: string, part: Partial<StateResource> = {}): StateResource {
  return { urn, type: urn.split('::')[2]?.split('$').at(-1) ?? '', delete: false, external: false, inputs: {}, outputs: {}, protect: false, dependencies: [], propertyDependencies: {}, additionalSecretOutputs: [], aliases: [], ...part };
}

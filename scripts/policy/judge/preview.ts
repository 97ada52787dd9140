import { errorsOf, withoutColours, type EngineEvent } from '../engine/eventLog.ts';
import { listResources, stackUrn } from '../engine/state.ts';
import { resultsOf, type PackFinding, type Passed } from '../findings.ts';
import type { Level } from '../pack/configuration.ts';
import type { PackRule } from '../pack/rules.ts';
import { packagesOf } from '../packages.ts';
import type { RuleResult } from '../report.ts';
import { unjudged, type Judged } from './judged.ts';

/** The pack, as the report knows it. */
export interface KnownPack {
  readonly name: string;
  readonly rules: readonly PackRule[];
  /** At which each rule stands for the stack. */
  readonly levels: ReadonlyMap<string, Level>;
}

/**
 * What the pack made of a preview, as the engine's own events tell it. A preview that the pack refused is a judged one. Where the engine never came to the rules on the whole stack,
 * because the program or a provider failed, these are not judged.
 * @param project name of the Pulumi project
 */
export function judgePreview(events: readonly EngineEvent[], { name, rules, levels }: KnownPack, stack: string, project: string): Judged {
  const own = <T extends { readonly policyPackName: string }>(summaries: readonly (T | undefined)[]): T[] => summaries.filter((summary) => summary !== undefined).filter(({ policyPackName }) => policyPackName === name);
  const summaries = own(events.map(({ policyAnalyzeSummaryEvent }) => policyAnalyzeSummaryEvent));
  const stackSummaries = own(events.map(({ policyAnalyzeStackSummaryEvent }) => policyAnalyzeStackSummaryEvent));
  const violations = own(events.map(({ policyEvent }) => policyEvent));
  const errors = errorsOf(events);
  if (summaries.length === 0) {
    const cause = violations.length > 0 ? 'the engine did not say which rules passed: it is older than 3.210, take a later one' : errors === '' ? 'the pack was not run' : `the preview failed before a resource was judged:\n${errors}`;
    return unjudged(`Not judged: ${cause}.`);
  }
  const whole = stackUrn(stack, project);
  const passed: Passed[] = [
    ...summaries.flatMap(({ resourceUrn, passed: ids }) => (ids ?? []).map((rule) => ({ rule, resource: resourceUrn }))),
    ...stackSummaries.flatMap(({ passed: ids }) => (ids ?? []).map((rule) => ({ rule, resource: whole }))),
  ];
  const findings = violations.map(({ policyName, resourceUrn, enforcementLevel, message }): PackFinding => ({
    rule: policyName, resource: resourceUrn === '' ? whole : resourceUrn, level: enforcementLevel === 'advisory' ? 'advisory' : 'mandatory', message: withoutColours(message),
  }));
  const results = resultsOf(rules, levels, passed, findings);
  const missed = stackSummaries.length === 0 ? stackRulesNotReached(rules, levels, results, whole, errors) : [];
  const planned = plannedResources(events);
  return {
    status: 'judged',
    packVersion: summaries[0]?.policyPackVersion ?? '',
    packages: packagesOf(planned.map(({ type, inputs, outputs }) => ({ type, inputs: inputs ?? {}, outputs: outputs ?? {} }))),
    resources: listResources(planned),
    missing: [],
    unmanaged: [],
    results: [...results, ...missed],
  };
}

function stackRulesNotReached(rules: readonly PackRule[], levels: ReadonlyMap<string, Level>, results: readonly RuleResult[], whole: string, errors: string): RuleResult[] {
  const message = `The rules on the whole stack were not judged: the preview ended before it came to them.${errors === '' ? '' : ` ${errors}`} Mend that, and judge again.`;
  return rules.filter(({ id, kind }) => kind === 'stack' && !results.some(({ rule }) => rule === id)).flatMap(({ id }) => {
    const level = levels.get(id);
    return level === undefined || level === 'disabled' ? [] : [{ rule: id, resource: whole, outcome: 'not-judged' as const, level, message }];
  });
}

/** Each resource that stands after the update, as the last event about it has it. */
function plannedResources(events: readonly EngineEvent[]) {
  const planned = new Map<string, NonNullable<NonNullable<EngineEvent['resOutputsEvent']>['metadata']['new']>>();
  for (const { resourcePreEvent, resOutputsEvent } of events) {
    for (const step of [resourcePreEvent, resOutputsEvent]) if (step?.metadata.new) planned.set(step.metadata.urn, step.metadata.new);
  }
  return [...planned.values()];
}

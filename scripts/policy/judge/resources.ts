import type { AnalyzeResponse } from '@pulumi/pulumi/proto/analyzer_pb.js';
import { asInputs, asOutputs, listResources, stackUrn, type StateResource } from '../engine/state.ts';
import { resultsOf, type PackFinding, type Passed } from '../findings.ts';
import { levelOf } from '../pack/configuration.ts';
import type { PackProcess } from '../pack/packProcess.ts';
import type { PackRule } from '../pack/rules.ts';
import { packagesOf } from '../packages.ts';
import type { RuleResult } from '../report.ts';
import type { Judged } from './judged.ts';
import type { KnownPack } from './preview.ts';

/** Where a value is not known although the resource stands, somebody has marked it as a secret. */
const MASKED = ' Here the value is one that is kept secret, and masked.';

/**
 * Judges resources that stand, as the engine does it in an update: the rules on single resources see the inputs of each, then those on the whole stack the outputs of all.
 * No remediation is tried: what stands is judged as it is.
 * @param pack running, and configured for the stack; it remembers what it judged, so that each judgement takes a new one
 * @param resources in the order in which they were made
 */
export async function judgeResources(pack: Pick<PackProcess, 'analyze' | 'analyzeStack'>, { rules, levels }: KnownPack, version: string, resources: readonly StateResource[], stack: string, project: string): Promise<Judged> {
  const whole = stackUrn(stack, project);
  const known = new Set(resources.map(({ urn }) => urn));
  const passed: Passed[] = [];
  const findings: PackFinding[] = [];
  const take = (kind: PackRule['kind'], { diagnosticsList, notApplicableList }: AnalyzeResponse.AsObject, about: (urn: string) => string): void => {
    findings.push(...diagnosticsList.map(({ policyname, enforcementlevel, message, urn }) => ({ rule: policyname, resource: about(urn), level: levelOf(enforcementlevel) === 'advisory' ? 'advisory' as const : 'mandatory' as const, message })));
    const silent = new Set([...notApplicableList.map(({ policyName }) => policyName), ...diagnosticsList.map(({ policyname }) => policyname)]);
    passed.push(...rules.filter((rule) => rule.kind === kind && levels.get(rule.id) !== 'disabled' && !silent.has(rule.id)).map(({ id }) => ({ rule: id, resource: about('') })));
  };
  // What the program only reads is no resource of its own making: the engine asks no rule on single resources about it.
  for (const resource of resources) if (!resource.external) take('resource', await pack.analyze(asInputs(resource)), () => resource.urn);
  take('stack', await pack.analyzeStack(resources.map(asOutputs)), (urn) => (known.has(urn) ? urn : whole));
  return {
    status: 'judged',
    packVersion: version,
    packages: packagesOf(resources),
    resources: listResources(resources),
    missing: [],
    unmanaged: [],
    results: resultsOf(rules, levels, passed, findings).map(explainMasked),
  };
}

function explainMasked(result: RuleResult): RuleResult {
  return result.outcome === 'not-judged' && result.message !== undefined ? { ...result, message: `${result.message}${MASKED}` } : result;
}

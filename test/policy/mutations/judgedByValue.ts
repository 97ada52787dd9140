import * as proxy from '@pulumi/policy/proxy.js';
import { createLedger } from '../../../policy/exemptionLedger.ts';
import type { Finding, JudgedResource, Rule, StackResource } from '../../../policy/rule.ts';
import { rulesOn } from '../../../policy/rules/index.ts';
import type { Judged } from './judgedStack.ts';
import { configurationOf, urnOf } from './servedStack.ts';

const { unknownCheckingProxy } = proxy as unknown as { unknownCheckingProxy: <T>(props: T) => T };
const TODAY = new Date().toISOString().slice(0, 'YYYY-MM-DD'.length);
/** Drift is told from what passed as an input, which is known to a whole run alone: here all of it has. */
const LEDGER = { ...createLedger([], TODAY), hasPassed: () => true };
const RULES: ReadonlyMap<string, Rule> = new Map(rulesOn(LEDGER).map((rule) => [rule.name, rule]));
const CONFIGURATION = configurationOf('prod');

/** @throws Error when there is no such rule */
export function ruleNamed(name: string): Rule {
  const rule = RULES.get(name);
  if (rule === undefined) throw new Error(`There is no rule "${name}".`);
  return rule;
}

/** What a rule makes of a resource or its stack, without a process: as a value. */
export function judgeByValue(rule: Rule, resource: Judged | undefined, stack: readonly Judged[]): readonly (Finding & { readonly urn: string })[] {
  const settings = CONFIGURATION[rule.name]?.properties ?? {};
  const verdict = rule.kind === 'stack' ? rule.judge(stack.map(toStackResource), settings) : resource === undefined ? undefined : rule.judge(toResource(resource, resource.inputs), settings);
  return verdict === undefined || !verdict.concerns ? [] : verdict.findings.map((finding) => ({ ...finding, urn: finding.urn ?? (resource === undefined ? '' : urnOf(resource)) }));
}

function toResource(one: Judged, props: Readonly<Record<string, unknown>>): JudgedResource {
  return { type: one.type, name: one.name, urn: urnOf(one), props: unknownCheckingProxy({ ...props }) };
}

function toStackResource(one: Judged): StackResource {
  const refer = (references: readonly string[]): { urn: string }[] => references.map((reference) => {
    const [type = '', ...name] = reference.split(' ');
    return { urn: urnOf({ type, name: name.join(' ') }) };
  });
  return { ...toResource(one, one.outputs), dependencies: refer(one.dependencies), propertyDependencies: Object.fromEntries(Object.entries(one.propertyDependencies).map(([input, references]) => [input, refer(references)])) };
}

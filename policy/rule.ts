import type { EnforcementLevel, PolicyComplianceFramework, PolicyResourceOptions, Severity } from '@pulumi/policy';
import type { Setting } from './setting.ts';

/** What a rule is about. A policy configuration sets levels by group as well as by rule. */
export const RULE_GROUPS = ['stateless', 'security', 'operations', 'tools'] as const;
export type RuleGroup = (typeof RULE_GROUPS)[number];

/** A resource as a rule sees it: its inputs before the change; for a rule on the whole stack, its outputs after it. */
export interface JudgedResource {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  /** Reading a value that a preview does not know throws; use `readInput`. */
  readonly props: Readonly<Record<string, unknown>>;
  readonly opts?: PolicyResourceOptions;
}

/** A resource among all of its stack. */
export interface StackResource extends JudgedResource {
  /** For each input, the resources whose outputs went into it. */
  readonly propertyDependencies: Readonly<Record<string, readonly { readonly urn: string }[]>>;
  /** All resources that it depends on, by an input or because the program says so. */
  readonly dependencies: readonly { readonly urn: string }[];
}

/** Says what is wrong, what is allowed and what to do. It quotes no value, because packs see secrets in clear. */
export interface Finding {
  readonly message: string;
  /** False when a value is not known before the change is made, so that nothing can be said about it: never a pass. */
  readonly judged: boolean;
  /** In a rule on the whole stack: the resource that it is about. */
  readonly urn?: string;
}

/** What a rule makes of a resource or a stack: it does not concern it, or it found this wrong. No findings: it passes. */
export type Verdict = { readonly concerns: false; readonly reason: string } | { readonly concerns: true; readonly findings: readonly Finding[] };

/** Where a rule stands in the catalogues that auditors use. A test holds them together with Microsoft's own mapping. */
export interface Controls {
  /** Microsoft cloud security benchmark v1, such as `DP-3`. */
  readonly mcsb?: readonly string[];
  /** CIS Microsoft Azure Foundations Benchmark 3.0.0, such as `9.1`. */
  readonly cis?: readonly string[];
  /** Ids of the built-in Azure Policy definitions that judge the same in Azure, by what they judge: `site`, `slot`, `vault`. */
  readonly azurePolicy?: Readonly<Record<string, string>>;
}

export interface RuleMetadata {
  /** Stable id; policy configuration, exemptions and reports name it. */
  readonly name: string;
  readonly displayName: string;
  readonly description: string;
  readonly group: RuleGroup;
  readonly severity: Severity;
  /** Level without a policy configuration. */
  readonly enforcementLevel: EnforcementLevel;
  /** Whether a finding about a value that is not known yet counts as one about a wrong value, which stops the preview of a mandatory rule. */
  readonly blocksOnUnknown: boolean;
  readonly controls: Controls;
  /** Named by a rule that has no control in the catalogues above. */
  readonly framework?: PolicyComplianceFramework;
  readonly remediationSteps: string;
  readonly url: string;
  /** What a policy configuration may set beside the level. */
  readonly settings?: readonly Setting[];
}

/** Values of a policy configuration, as the SDK hands them over. */
export type GivenSettings = Readonly<Record<string, unknown>>;

/** A rule on single resources, as a plain value. */
export interface ResourceRule extends RuleMetadata {
  readonly kind: 'resource';
  judge(resource: JudgedResource, settings: GivenSettings): Verdict;
  /**
   * Puts right what is safe to put right, in the inputs themselves.
   * @returns whether anything was changed
   */
  readonly remediate?: (resource: Pick<JudgedResource, 'type'> & { readonly props: Record<string, unknown> }) => boolean;
}

/** A rule on all resources of a stack together: what has to be there, and what belongs to what. */
export interface StackRule extends RuleMetadata {
  readonly kind: 'stack';
  judge(resources: readonly StackResource[], settings: GivenSettings): Verdict;
}

export type Rule = ResourceRule | StackRule;

/** The levels that a policy configuration can give to a rule. */
export function levelsOf(rule: Rule): readonly EnforcementLevel[] {
  return rule.kind === 'resource' && rule.remediate !== undefined ? ['advisory', 'mandatory', 'remediate', 'disabled'] : ['advisory', 'mandatory', 'disabled'];
}

/** The rule has nothing to say about this resource, which then counts neither as passed nor as failed. */
export function doesNotConcern(reason: string): Verdict {
  return { concerns: false, reason };
}

export function found(findings: readonly (Finding | undefined)[]): Verdict {
  return { concerns: true, findings: findings.filter((finding) => finding !== undefined) };
}

export function violation(message: string, urn?: string): Finding {
  return { message, judged: true, ...(urn === undefined ? {} : { urn }) };
}

/** @param what what could not be judged, for instance `httpsOnly` @param remedy what to do about it */
export function notJudged(what: string, remedy: string, urn?: string): Finding {
  return { message: `${what} was not judged: it is not known before the change is made. ${remedy}`, judged: false, ...(urn === undefined ? {} : { urn }) };
}

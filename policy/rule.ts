import type { EnforcementLevel, PolicyComplianceFramework, PolicyResourceOptions, Severity } from '@pulumi/policy';

/** What a rule is about. Rules of a group carry it as a tag, so that a policy configuration can be written group by group. */
export type RuleGroup = 'stateless' | 'security' | 'operations' | 'tools';

/** A resource as a rule sees it: its inputs, before the change. */
export interface JudgedResource {
  readonly type: string;
  readonly name: string;
  /** Reading a value that a preview does not know throws; use `readInput`. */
  readonly props: Readonly<Record<string, unknown>>;
  readonly opts?: PolicyResourceOptions;
}

/**
 * What a rule makes of a resource: it does not concern it, or it found this wrong. No findings: the resource passes.
 * A finding says what is wrong, what is allowed and what to do. It quotes no value, because packs see secrets in clear.
 */
export type Verdict = { readonly concerns: false; readonly reason: string } | { readonly concerns: true; readonly findings: readonly string[] };

/** A rule on single resources, as a plain value. */
export interface Rule {
  /** Stable id; policy configuration and reports name it. */
  readonly name: string;
  readonly displayName: string;
  readonly description: string;
  readonly group: RuleGroup;
  readonly severity: Severity;
  readonly enforcementLevel: EnforcementLevel;
  readonly framework: PolicyComplianceFramework;
  readonly remediationSteps: string;
  readonly url: string;
  judge(resource: JudgedResource): Verdict;
}

/** The rule has nothing to say about this resource, which then counts neither as passed nor as failed. */
export function doesNotConcern(reason: string): Verdict {
  return { concerns: false, reason };
}

export function found(findings: readonly string[]): Verdict {
  return { concerns: true, findings };
}

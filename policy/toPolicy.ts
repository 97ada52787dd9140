import type { EnforcementLevel, Policy, PolicyComplianceFramework, ReportViolation, ResourceValidationPolicy, StackValidationPolicy } from '@pulumi/policy';
import type { ExemptionLedger, Subject } from './exemptionLedger.ts';
import type { GroupLevels } from './groupLevels.ts';
import type { Controls, Finding, ResourceRule, Rule, RuleMetadata, StackRule } from './rule.ts';

/** What stands beside the rules in one run of the engine. */
export interface Run {
  readonly groups: Pick<GroupLevels, 'of'>;
  readonly ledger: ExemptionLedger;
}

/**
 * How a message ends whose finding is not plainly a violation. Levels do not tell it, and the engine hands on nothing but a message and a level: who reads the engine's events tells
 * by this. What is exempt is so whether it could be judged or not. A test holds `npm run policy -- report` to these words.
 */
export const OUTCOME_MARKS = { exempt: ' [exempt]', notJudged: ' [not-judged]' } as const;

/** As the SDK takes a finding whose level is not that of the policy; its declarations leave the form out. A test holds it through the served pack. */
type ReportAtLevel = (finding: { readonly message: string; readonly urn: string | undefined; readonly enforcementLevel: EnforcementLevel }) => void;

/** Wraps a rule for Pulumi: the one place where rules and the policy SDK meet. */
export function toPolicy(rule: Rule, run: Run): ResourceValidationPolicy | StackValidationPolicy {
  return rule.kind === 'resource' ? toResourcePolicy(rule, run) : toStackPolicy(rule, run);
}

function toResourcePolicy(rule: ResourceRule, run: Run): ResourceValidationPolicy {
  const { remediate } = rule;
  return {
    ...describe(rule),
    validateResource: (args, reportViolation) => {
      if (run.groups.of(rule.group) === 'disabled') args.notApplicable(disabledReason(rule));
      const verdict = rule.judge(args, args.getConfig());
      // The engine counts a resource as passed unless the policy says that it does not apply.
      if (!verdict.concerns) return args.notApplicable(verdict.reason);
      run.ledger.judged(rule.name, args);
      for (const finding of verdict.findings) report(rule, run, finding, args, reportViolation);
    },
    ...(remediate === undefined ? {} : {
      remediateResource: (args) => {
        if (run.groups.of(rule.group) !== 'asConfigured') args.notApplicable('The level of the group lets no rule of it change anything.');
        if (isExempt(rule, run, args)) args.notApplicable('The resource is exempted from the rule.');
        return remediate(args) ? args.props : undefined;
      },
    }),
  };
}

function toStackPolicy(rule: StackRule, run: Run): StackValidationPolicy {
  return {
    ...describe(rule),
    validateStack: (args, reportViolation) => {
      if (run.groups.of(rule.group) === 'disabled') args.notApplicable(disabledReason(rule));
      const verdict = rule.judge(args.resources, args.getConfig());
      if (!verdict.concerns) return args.notApplicable(verdict.reason);
      for (const resource of args.resources) run.ledger.judged(rule.name, resource);
      for (const finding of verdict.findings) report(rule, run, finding, args.resources.find(({ urn }) => urn === finding.urn), reportViolation);
    },
  };
}

function report(rule: Rule, run: Run, finding: Finding, subject: Subject | undefined, reportViolation: ReportViolation): void {
  const exemption = subject && run.ledger.use(rule.name, subject);
  const isExpired = exemption !== undefined && run.ledger.hasExpired(exemption);
  const isExempted = exemption !== undefined && !isExpired;
  const isAdvisory = isExempted || run.groups.of(rule.group) === 'advisory' || (!finding.judged && !rule.blocksOnUnknown);
  const note = exemption === undefined ? '' : isExpired ? ` Its exemption has expired on ${exemption.expires}, ticket ${exemption.ticket}.` : ` Exempt until ${exemption.expires}, ticket ${exemption.ticket}.`;
  const message = `${finding.message}${note}${isExempted ? OUTCOME_MARKS.exempt : finding.judged ? '' : OUTCOME_MARKS.notJudged}`;
  if (!isAdvisory) reportViolation(message, finding.urn);
  else (reportViolation as unknown as ReportAtLevel)({ message: `${rule.description}\n${message}`, urn: finding.urn, enforcementLevel: 'advisory' });
}

function isExempt(rule: Rule, run: Run, subject: Subject): boolean {
  const exemption = run.ledger.find(rule.name, subject);
  return exemption !== undefined && !run.ledger.hasExpired(exemption);
}

function disabledReason({ group }: RuleMetadata): string {
  return `The policy configuration disables the group ${group}.`;
}

function describe(rule: Rule): Policy {
  const framework = rule.framework ?? frameworkOf(rule.controls);
  return {
    name: rule.name,
    displayName: rule.displayName,
    description: rule.description,
    enforcementLevel: rule.enforcementLevel,
    severity: rule.severity,
    ...(framework === undefined ? {} : { framework }),
    tags: [rule.group, ...controlTags(rule.controls)],
    remediationSteps: rule.remediationSteps,
    url: rule.url,
    ...(rule.settings === undefined ? {} : {
      configSchema: { properties: Object.fromEntries(rule.settings.map(({ name, default: value, description, minimum, maximum }) => [name, { type: 'integer', default: value, description, minimum, maximum }])) },
    }),
  };
}

/** Every control, one a tag, for reports that are made from what the pack says of itself: the engine has one framework for a rule. `mcsb:DP-3`, `cis:9.1`, `azure-policy:site:<id>`. */
export function controlTags({ mcsb = [], cis = [], azurePolicy = {} }: Controls): string[] {
  return [...mcsb.map((id) => `mcsb:${id}`), ...cis.map((id) => `cis:${id}`), ...Object.entries(azurePolicy).map(([what, id]) => `azure-policy:${what}:${id}`)];
}

/** The one framework that the engine shows with a rule: the first that maps it. docs/policy.md lists all. */
export function frameworkOf({ mcsb, cis, azurePolicy }: Controls): PolicyComplianceFramework | undefined {
  const specification = `Azure Policy: ${Object.entries(azurePolicy ?? {}).map(([what, id]) => `${what} ${id}`).join(', ') || 'none'}`;
  if (mcsb !== undefined) return { name: 'Microsoft cloud security benchmark', version: 'v1', reference: mcsb.join(', '), specification };
  if (cis !== undefined) return { name: 'CIS Microsoft Azure Foundations Benchmark', version: '3.0.0', reference: cis.join(', '), specification };
  return azurePolicy === undefined ? undefined : { name: 'Azure Policy', version: 'built-in', reference: Object.values(azurePolicy).join(', '), specification };
}

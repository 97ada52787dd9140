import type { ResourceValidationPolicy } from '@pulumi/policy';
import type { Rule } from './rule.ts';

/** Wraps a rule for Pulumi: the one place where rules and the policy SDK meet. */
export function toPolicy(rule: Rule): ResourceValidationPolicy {
  return {
    name: rule.name,
    displayName: rule.displayName,
    description: rule.description,
    enforcementLevel: rule.enforcementLevel,
    severity: rule.severity,
    framework: rule.framework,
    tags: [rule.group],
    remediationSteps: rule.remediationSteps,
    url: rule.url,
    validateResource: (args, reportViolation) => {
      const verdict = rule.judge(args);
      // The engine counts a resource as passed unless the policy says that it does not apply.
      if (!verdict.concerns) args.notApplicable(verdict.reason);
      else for (const finding of verdict.findings) reportViolation(finding);
    },
  };
}

import { fixInputs, judgeRequirement, type Requirement } from './requirement.ts';
import { doesNotConcern, found, type ResourceRule, type RuleMetadata } from './rule.ts';
import { typeKeyOf } from './typeKey.ts';

/** A rule that says of single inputs what they have to be. */
export interface InputRule extends ResourceRule {
  /** Types that it judges, as `typeKeyOf` gives them. */
  readonly concerns: readonly string[];
  readonly requires: readonly Requirement[];
}

/** Makes the rule from what it requires. It has a remediation when one of the requirements is safe to fix. */
export function inputRule(definition: RuleMetadata & Pick<InputRule, 'concerns' | 'requires'>): InputRule {
  const { concerns, requires } = definition;
  const isSafeToFix = requires.some(({ fix }) => fix !== undefined);
  return {
    ...definition,
    kind: 'resource',
    judge({ type, props }) {
      if (!concerns.includes(typeKeyOf(type))) return doesNotConcern(`The rule judges ${concerns.join(', ')}.`);
      return found(requires.map((requirement) => judgeRequirement(props, requirement)));
    },
    ...(isSafeToFix ? { remediate: ({ type, props }) => concerns.includes(typeKeyOf(type)) && fixInputs(props, requires) } : {}),
  };
}

import type { ResourceValidationPolicy } from '@pulumi/policy';
import { RULE_GROUPS, type RuleGroup } from './rule.ts';

/** How far the rules of a group may go. `asConfigured`: each at its own level. */
const GROUP_LEVELS = ['asConfigured', 'advisory', 'disabled'] as const;
export type GroupLevel = (typeof GROUP_LEVELS)[number];

export interface GroupLevels {
  /** Takes the levels in. It stands before all rules in the pack. */
  readonly policy: ResourceValidationPolicy;
  of(group: RuleGroup): GroupLevel;
}

/** The engine has no notion of groups, and hands to each policy the configuration of its own name alone: this one takes that of the groups, for the others. */
export function createGroupLevels(): GroupLevels {
  let levels: Readonly<Partial<Record<RuleGroup, GroupLevel>>> = {};
  return {
    policy: {
      name: 'groups',
      displayName: 'Levels of the groups of rules',
      description: 'Judges nothing: its configuration limits the levels of the rules by group.',
      enforcementLevel: 'mandatory',
      configSchema: {
        properties: Object.fromEntries(RULE_GROUPS.map((group) => [group, { type: 'string', enum: [...GROUP_LEVELS], default: 'asConfigured', description: `How far rules of the group ${group} may go.` }])),
      },
      validateResource: (args) => {
        levels = args.getConfig<typeof levels>();
        args.notApplicable('The policy holds the levels of the groups, and judges nothing.');
      },
    },
    of: (group) => levels[group] ?? 'asConfigured',
  };
}

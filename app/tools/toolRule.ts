import { z } from 'zod';
import type { Principal } from './principal.ts';

/** A rule over the arguments of one tool: what a role and a scope cannot say. */
export interface ToolRule<Args = Record<string, unknown>> {
  /** Names the rule in answers and in the record; distinct in the tool. */
  readonly id: string;
  /** What it allows and to whom, for people. */
  readonly description: string;
  /**
   * Answers at once: it sees what it judges, and asks nobody. What it throws closes: the call is refused as a failure of ours.
   * @param args parsed by the tool's input
   * @returns for the caller what was given and what is allowed; undefined when the arguments pass
   */
  readonly check: (args: Args, principal: Principal) => string | undefined;
}

const RULE_ID = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

export const toolRuleSchema = z.strictObject({
  id: z.string().max(64, 'at most 64 characters are allowed').regex(RULE_ID, 'allowed: lower-case letters, digits and single dashes, beginning with a letter'),
  description: z.string().min(20, 'at least 20 characters are needed: what the rule allows, and to whom').max(300, 'at most 300 characters are allowed'),
  check: z.custom<ToolRule['check']>((value) => typeof value === 'function', { error: 'a function of arguments and principal is needed' }),
});

/** Rules of one tool that share an id. @returns a problem a line, each beginning with its field */
export function ruleProblems(rules: readonly Pick<ToolRule, 'id'>[]): string[] {
  const ids = rules.map(({ id }) => id);
  return ids.flatMap((id, place) => (ids.indexOf(id) === place ? [] : [`rules.${place}.id: "${id}" is taken by another rule of the tool; ids are distinct`]));
}

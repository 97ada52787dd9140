import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { CommandError } from '../commandError.ts';

const ruleSchema = z.strictObject({
  id: z.string(), kind: z.enum(['principal', 'client', 'tool']), value: z.string(), reason: z.string(), by: z.string(), at: z.string(), until: z.string().optional(),
});
export const denyListSchema = z.strictObject({ format: z.literal(1), rules: z.array(ruleSchema) });
export type DenyRule = z.output<typeof ruleSchema>;

/** The rule that the details of a line of the record are about, without what else they say. */
export function ruleOf(details: unknown): DenyRule | undefined {
  return z.object(ruleSchema.shape).safeParse(details).data;
}

export type DenyList = z.output<typeof denyListSchema>;

export const NO_RULES: DenyList = { format: 1, rules: [] };

export interface NewRule {
  readonly kind: DenyRule['kind'];
  readonly value: string;
  readonly reason: string;
  readonly until?: string | undefined;
}

/** A rule with an id that people can say to each other. */
export function createRule({ kind, value, reason, until }: NewRule, by: string, now: Date): DenyRule {
  return { id: `deny-${randomBytes(4).toString('hex')}`, kind, value, reason, by, at: now.toISOString(), ...(until === undefined ? {} : { until: new Date(until).toISOString() }) };
}

/** Rules whose time is over leave with the next change: the record keeps them. */
export function withRule({ rules }: DenyList, rule: DenyRule, now: Date): DenyList {
  return { format: 1, rules: [...standing(rules, now), rule] };
}

/** @throws CommandError ACCESS_NO_SUCH_RULE */
export function withoutRule({ rules }: DenyList, id: string, now: Date): { readonly list: DenyList; readonly removed: DenyRule } {
  const removed = rules.find((rule) => rule.id === id);
  if (!removed) throw new CommandError('ACCESS_NO_SUCH_RULE', `There is no rule ${id}. Rules: ${rules.map((rule) => rule.id).join(', ') || 'none'}. npm run access -- list shows them.`);
  return { list: { format: 1, rules: standing(rules, now).filter((rule) => rule.id !== id) }, removed };
}

/** Whether the time of a rule is not over. */
export function isStanding({ until }: DenyRule, now: Date): boolean {
  return until === undefined || Date.parse(until) > now.getTime();
}

function standing(rules: readonly DenyRule[], now: Date): DenyRule[] {
  return rules.filter((rule) => isStanding(rule, now));
}

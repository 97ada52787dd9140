import type { Tool } from '../tools/index.ts';
import type { Principal } from '../tools/principal.ts';
import type { ToolRule } from '../tools/toolRule.ts';

/** A call that a rule of its tool does not let through. */
export type RuleRefusal =
  | { readonly outcome: 'denied'; readonly decision: RuleDecision<'MCP_RULE_REFUSED'>; readonly explanation: string }
  /** The rule itself failed: nobody knows what it would have said, and the call is refused. */
  | { readonly outcome: 'failed'; readonly decision: RuleDecision<'MCP_RULE_FAILED'>; readonly explanation: undefined; readonly error: unknown };

interface RuleDecision<Code extends string> {
  readonly allowed: false;
  readonly code: Code;
  /** Its id. */
  readonly rule: string;
}

/**
 * Asks the rules of a tool about arguments that its input has parsed; the first one that refuses decides.
 * @returns undefined when all let the call through
 */
export function judgeRules({ rules }: Pick<Tool, 'rules'>, args: Record<string, unknown>, principal: Principal): RuleRefusal | undefined {
  for (const rule of rules) {
    try {
      const explanation = ask(rule, args, principal);
      if (explanation !== undefined) {
        return { outcome: 'denied', decision: { allowed: false, code: 'MCP_RULE_REFUSED', rule: rule.id }, explanation: `Refused by rule ${rule.id}: ${explanation}` };
      }
    } catch (error) {
      return { outcome: 'failed', decision: { allowed: false, code: 'MCP_RULE_FAILED', rule: rule.id }, explanation: undefined, error };
    }
  }
  return undefined;
}

/** @throws TypeError for an answer that is neither text nor undefined, such as the promise of a rule that was made asynchronous */
function ask({ id, check }: ToolRule, args: Record<string, unknown>, principal: Principal): string | undefined {
  const answer: unknown = check(args, principal);
  if (answer === undefined || typeof answer === 'string') return answer;
  // Nobody waits for it; its failure must not end the process.
  if (answer instanceof Promise) answer.catch(() => undefined);
  throw new TypeError(`Rule ${id} answered ${typeof answer}; allowed: text that refuses, or undefined.`);
}

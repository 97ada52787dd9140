import { z } from 'zod';

const STAGES = ['experimental', 'stable', 'deprecated', 'disabled'] as const;

/** How far a tool has come, and who says so. Days are YYYY-MM-DD, in UTC. docs/decisions/021-life-cycle-of-a-tool.md. */
export interface ToolLifecycle {
  /**
   * `experimental`: may change or go; need not have been reviewed. `stable`: reviewed. `deprecated`: served until its sunset day.
   * `disabled`: neither listed nor callable; its role and scope stay, so that enabling it needs no new consent.
   */
  readonly stage: (typeof STAGES)[number];
  /** Who looked at declaration and code last. A review has all three: reviewer, day, and the day on which it is due again. */
  readonly reviewer?: string | undefined;
  readonly reviewedOn?: string | undefined;
  readonly reviewDueOn?: string | undefined;
  /** The first day on which a deprecated tool is not served any more. */
  readonly sunsetOn?: string | undefined;
  /** The tool of the catalogue that callers of a deprecated one turn to. */
  readonly replacedBy?: string | undefined;
}

const REVIEW = ['reviewer', 'reviewedOn', 'reviewDueOn'] as const;
const DEPRECATION = ['sunsetOn', 'replacedBy'] as const;
const day = z.iso.date('allowed: a day as YYYY-MM-DD');

export const lifecycleSchema = z.strictObject({
  stage: z.enum(STAGES, { error: `allowed: ${STAGES.join(', ')}` }),
  reviewer: z.string().min(1, 'name a team or a mail address').optional(),
  reviewedOn: day.optional(),
  reviewDueOn: day.optional(),
  sunsetOn: day.optional(),
  replacedBy: z.string().min(1, 'name a tool of the catalogue').optional(),
});

/**
 * What contradicts itself in a life-cycle whose fields are well-formed.
 * @param name of the tool
 * @returns a problem a line, each beginning with its field
 */
export function lifecycleProblems(name: string, lifecycle: ToolLifecycle): string[] {
  const { stage, reviewedOn, reviewDueOn, sunsetOn, replacedBy } = lifecycle;
  const problems: string[] = [];
  const needsReview = stage === 'stable' || stage === 'deprecated';
  if (needsReview || REVIEW.some((field) => lifecycle[field] !== undefined)) {
    const why = needsReview ? `a tool of stage ${stage} has been reviewed` : 'half a review is none';
    for (const field of REVIEW) {
      if (lifecycle[field] === undefined) problems.push(`lifecycle.${field}: is missing: ${why}; give ${REVIEW.join(', ')}${needsReview ? ', or set stage to experimental' : ', or none of them'}`);
    }
  }
  if (reviewedOn !== undefined && reviewDueOn !== undefined && reviewDueOn <= reviewedOn) problems.push(`lifecycle.reviewDueOn: ${reviewDueOn} is not after reviewedOn, ${reviewedOn}; give the day on which the next review is due`);
  if (stage === 'deprecated' && sunsetOn === undefined) problems.push('lifecycle.sunsetOn: is missing: a deprecated tool names the first day on which it is not served');
  if (stage !== 'deprecated') {
    for (const field of DEPRECATION) {
      if (lifecycle[field] !== undefined) problems.push(`lifecycle.${field}: only a deprecated tool has it, and stage is ${stage}; set stage to deprecated, or leave it out`);
    }
  }
  if (replacedBy === name) problems.push('lifecycle.replacedBy: names the tool itself; name another, or leave it out');
  return problems;
}

/**
 * Why a tool cannot be what callers of another one turn to.
 * @param catalogue life-cycle of each tool, by name
 * @returns undefined when it can, or none is named
 */
export function replacementProblem({ replacedBy }: ToolLifecycle, catalogue: ReadonlyMap<string, ToolLifecycle>): string | undefined {
  if (replacedBy === undefined) return undefined;
  const replacement = catalogue.get(replacedBy);
  if (!replacement) return `lifecycle.replacedBy: "${replacedBy}" is no tool of the catalogue; allowed: ${[...catalogue.keys()].sort().join(', ')}`;
  const { stage } = replacement;
  return stage === 'deprecated' || stage === 'disabled' ? `lifecycle.replacedBy: "${replacedBy}" is ${stage} itself; name a tool that stays, or leave it out` : undefined;
}

/** Whether the sunset day of a deprecated tool has come. @param today YYYY-MM-DD, in UTC; asked for a deprecated tool alone */
export function isRetired({ stage, sunsetOn }: ToolLifecycle, today: () => string): boolean {
  return stage === 'deprecated' && sunsetOn !== undefined && today() >= sunsetOn;
}

/** Whether a tool is listed and called on a day. @param today YYYY-MM-DD, in UTC; asked for a deprecated tool alone */
export function isServed(lifecycle: ToolLifecycle, today: () => string): boolean {
  return lifecycle.stage !== 'disabled' && !isRetired(lifecycle, today);
}

/** What a list says of a deprecated tool after its description; empty for any other. */
export function deprecationNotice({ stage, sunsetOn, replacedBy }: ToolLifecycle): string {
  if (stage !== 'deprecated') return '';
  return ` Deprecated: from ${sunsetOn} on (UTC) it is not served. ${replacementHint(replacedBy)}`;
}

/** What a caller of a retired tool is told. */
export function retirementMessage(name: string, { sunsetOn, replacedBy }: ToolLifecycle): string {
  return `Tool ${name} is retired: since ${sunsetOn} (UTC) it is not served. ${replacementHint(replacedBy)}`;
}

function replacementHint(replacedBy: string | undefined): string {
  return replacedBy === undefined ? 'Nothing replaces it.' : `Use ${replacedBy} instead.`;
}

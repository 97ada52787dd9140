import { z } from 'zod';

/** What the pack made of an update. `unjudged`: it did not run to its end, so that nobody can say. */
export interface PolicyJudgement {
  readonly verdict: 'passed' | 'unjudged';
  /** Name and version of the pack; empty for none. */
  readonly pack: string;
}

/** Source: pulumi/pulumi, sdk/go/common/apitype/events.go. */
const eventSchema = z.looseObject({
  policyEvent: z.looseObject({ enforcementLevel: z.string() }).optional(),
  policyAnalyzeStackSummaryEvent: z.looseObject({ policyPackName: z.string(), policyPackVersion: z.string() }).optional(),
});

/**
 * Reads the event log of an update that succeeded. Rules on the whole stack stand last: their summary tells that the pack came to its end.
 * @param log what `--event-log` wrote, one event a line
 */
export function judgedBy(log: string): PolicyJudgement {
  const events = log.split('\n').filter((line) => line !== '').map((line) => eventSchema.parse(JSON.parse(line)));
  const summary = events.find(({ policyAnalyzeStackSummaryEvent }) => policyAnalyzeStackSummaryEvent !== undefined)?.policyAnalyzeStackSummaryEvent;
  const isStopped = events.some(({ policyEvent }) => policyEvent?.enforcementLevel === 'mandatory');
  return { verdict: summary && !isStopped ? 'passed' : 'unjudged', pack: summary ? `${summary.policyPackName} ${summary.policyPackVersion}` : '' };
}

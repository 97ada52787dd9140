import type { EngineEvent } from '../policy/engine/eventLog.ts';
import { lastUpdateVerdict } from '../policy/lastUpdate.ts';

/** What the pack made of an update. `unjudged`: it did not run to its end, so that nobody can say. */
export interface PolicyJudgement {
  readonly verdict: 'passed' | 'unjudged';
  /** Name and version of the pack; empty for none. */
  readonly pack: string;
}

/** @param events of an update that succeeded: what the pack forbids would have stopped it */
export function judgedBy(events: readonly EngineEvent[]): PolicyJudgement {
  const summary = events.find(({ policyAnalyzeStackSummaryEvent }) => policyAnalyzeStackSummaryEvent !== undefined)?.policyAnalyzeStackSummaryEvent;
  if (!summary) return { verdict: 'unjudged', pack: '' };
  const { policyPackName, policyPackVersion } = summary;
  return { verdict: lastUpdateVerdict(undefined, events, policyPackName).verdict === 'passed' ? 'passed' : 'unjudged', pack: `${policyPackName} ${policyPackVersion}` };
}

import type { EngineEvent } from './engine/eventLog.ts';
import { wasToldToRunAPack, type PastUpdate } from './engine/history.ts';
import type { Subject } from './report.ts';

type LastUpdate = NonNullable<Subject['lastUpdate']>;

/** Events of a kept log, in the order in which they came. */
export interface KeptEvents<Log> {
  readonly log: Log;
  readonly events: readonly EngineEvent[];
}

/** Both tell the time in whole seconds, and the history notes its own a little outside of the first and the last event. */
const TOLERANCE_S = 2;

/**
 * The kept log of an update that the history tells of, by time: neither knows a name of the other. A log that was kept while another update ran is not its log.
 */
export function logOfUpdate<Log>(update: PastUpdate, kept: readonly KeptEvents<Log>[]): KeptEvents<Log> | undefined {
  const start = Date.parse(update.startTime) / 1000;
  const end = update.endTime === undefined ? Number.POSITIVE_INFINITY : Date.parse(update.endTime) / 1000;
  return kept.find(({ events }) => {
    const [first, last] = [events[0]?.timestamp, events.at(-1)?.timestamp];
    return first !== undefined && last !== undefined && !isPreview(events) && first >= start - TOLERANCE_S && last <= end + TOLERANCE_S;
  });
}

/**
 * An update that was cut off stands in no history. Its log is newer than what the history tells of, and ends before the engine had summed up.
 * @returns the log of an update that changed something after the last one that came to an end
 */
export function cutOffUpdate<Log>(update: PastUpdate | undefined, kept: readonly KeptEvents<Log>[]): KeptEvents<Log> | undefined {
  const end = update === undefined ? 0 : Date.parse(update.endTime ?? update.startTime) / 1000;
  const [newest] = kept;
  const first = newest?.events[0]?.timestamp;
  if (newest === undefined || first === undefined || first <= end || isPreview(newest.events)) return undefined;
  return newest.events.some(({ summaryEvent }) => summaryEvent !== undefined) ? undefined : newest;
}

/** A preview that was refused leaves a log as well. Nothing was changed by it. */
function isPreview(events: readonly EngineEvent[]): boolean {
  return !events.some(({ resourcePreEvent }) => resourcePreEvent?.planning === false);
}

/**
 * What the update says of itself. `passed` takes that the pack came to an end: its rules on the whole stack stand last.
 * @param events of its log; undefined when there is none
 * @param pack name of the pack whose verdict is asked for
 */
export function lastUpdateVerdict(update: PastUpdate | undefined, events: readonly EngineEvent[] | undefined, pack: string): LastUpdate {
  const startedAt = update === undefined ? undefined : new Date(update.startTime).toISOString();
  if (events === undefined) return { ...(startedAt === undefined ? {} : { at: startedAt }), verdict: update !== undefined && wasToldToRunAPack(update) === false ? 'unjudged' : 'unknown' };
  const first = events[0]?.timestamp;
  const at = startedAt ?? (first === undefined ? undefined : new Date(first * 1000).toISOString());
  const verdicts = events.flatMap(({ policyAnalyzeSummaryEvent, policyAnalyzeStackSummaryEvent }) => [policyAnalyzeSummaryEvent, policyAnalyzeStackSummaryEvent].filter((summary) => summary?.policyPackName === pack));
  const packVersion = verdicts[0]?.policyPackVersion;
  const told = { ...(at === undefined ? {} : { at }), ...(packVersion === undefined ? {} : { packVersion }) };
  if (events.some(({ policyEvent }) => policyEvent?.policyPackName === pack && policyEvent.enforcementLevel === 'mandatory')) return { ...told, verdict: 'failed' };
  if (events.some(({ policyAnalyzeStackSummaryEvent }) => policyAnalyzeStackSummaryEvent?.policyPackName === pack)) return { ...told, verdict: 'passed' };
  const hasEnded = events.some(({ summaryEvent }) => summaryEvent !== undefined);
  return { ...told, verdict: verdicts.length === 0 && hasEnded ? 'unjudged' : 'unknown' };
}

import { z } from 'zod';
import { CommandError } from '../../commandError.ts';

const properties = z.record(z.string(), z.json());
/** A resource before or after a step. Secrets are masked by the engine. */
const stateSchema = z.looseObject({ urn: z.string(), type: z.string(), id: z.string().nullish(), inputs: properties.nullish(), outputs: properties.nullish() });
const metadataSchema = z.looseObject({ op: z.string(), urn: z.string(), type: z.string(), new: stateSchema.nullish() });
const packSchema = z.looseObject({ policyPackName: z.string(), policyPackVersion: z.string(), passed: z.array(z.string()).nullish(), failed: z.array(z.string()).nullish() });

/** What this project reads of the engine's events. Source: pulumi/pulumi, sdk/go/common/apitype/events.go. */
const eventSchema = z.looseObject({
  timestamp: z.int().nonnegative(),
  policyEvent: z.looseObject({ resourceUrn: z.string().default(''), message: z.string(), policyName: z.string(), policyPackName: z.string(), policyPackVersion: z.string().default(''), enforcementLevel: z.string() }).optional(),
  policyAnalyzeSummaryEvent: packSchema.extend({ resourceUrn: z.string() }).optional(),
  policyAnalyzeStackSummaryEvent: packSchema.optional(),
  resourcePreEvent: z.looseObject({ metadata: metadataSchema, planning: z.boolean().default(false) }).optional(),
  resOutputsEvent: z.looseObject({ metadata: metadataSchema, planning: z.boolean().default(false) }).optional(),
  resOpFailedEvent: z.looseObject({ metadata: metadataSchema }).optional(),
  diagnosticEvent: z.looseObject({ urn: z.string().optional(), severity: z.string(), message: z.string() }).optional(),
  summaryEvent: z.looseObject({ isPreview: z.boolean().default(false), PolicyPacks: z.record(z.string(), z.string()).nullish() }).optional(),
});
export type EngineEvent = z.output<typeof eventSchema>;
export type ResourceState = z.output<typeof stateSchema>;

/**
 * The events of one run of the engine, as `--event-log` writes them: one a line.
 * A last line that is cut off, as a killed engine leaves it, is left out.
 * @throws CommandError POLICY_EVENT_LOG_UNREADABLE naming the line
 */
export function readEventLog(text: string, file: string): EngineEvent[] {
  const lines = text.split('\n');
  // Behind the last line break there is nothing, or a line that was never ended.
  lines.pop();
  return lines.filter((line) => line !== '').map((line, place) => {
    try {
      return eventSchema.parse(JSON.parse(line));
    } catch (error) {
      throw new CommandError('POLICY_EVENT_LOG_UNREADABLE', `Line ${place + 1} of ${file} is no event of the engine: ${(error as Error).message.split('\n')[0]}. The log is not as the engine wrote it, or comes from a version that this project does not know.`);
    }
  });
}

/** Colours, which the engine leaves in messages unless it is told `--color never`. */
const COLOUR = /<\{%[^%]*%\}>/g;

export function withoutColours(message: string): string {
  return message.replaceAll(COLOUR, '');
}

/** What the engine said went wrong, by resource where it is one; without findings of packs, which stand for themselves. */
export function errorsOf(events: readonly EngineEvent[]): string {
  return events.flatMap(({ diagnosticEvent }) => {
    if (diagnosticEvent?.severity !== 'error') return [];
    const { urn, message } = diagnosticEvent;
    return [`${urn === undefined ? '' : `${urn}: `}${withoutColours(message).trim()}`];
  }).join('\n');
}

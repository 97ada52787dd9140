import { ROOT_CONTEXT, trace, type Context, type Span } from '@opentelemetry/api';
import { SamplingDecision, type ReadableSpan, type SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { ApplicationInsightsSampler } from '@azure/monitor-opentelemetry-exporter';

/** Decides which requests have a trace. */
export interface Sampling {
  /** @param remote the trace that the request continues; undefined when it begins one */
  keeps(remote: Context | undefined): boolean;
  /** What a kept span tells about those it stands for. */
  readonly attributes: Readonly<Record<string, number>>;
}

/** By which Azure Monitor computes how many items one stands for. Source: @azure/monitor-opentelemetry-exporter, AzureMonitorSampleRate. */
const SAMPLE_RATE = '_MS.sampleRate';

/**
 * The decision, made once and before anything is spent on a span: the sampler of the Azure Monitor package records what it drops, at nearly
 * the price of what it keeps. A trace that came from elsewhere is kept or dropped by the hash of its id, as every service with
 * Application Insights does; one that begins here by chance.
 * @param ratio share that is kept, 0 to 1; Azure Monitor counts in whole percent
 */
export function createSampling(ratio: number): Sampling {
  const percent = Math.round(ratio * 100);
  const sampler = new ApplicationInsightsSampler(ratio);
  return {
    keeps(remote) {
      if (percent === 100) return true;
      const id = remote && trace.getSpanContext(remote)?.traceId;
      if (id === undefined) return Math.random() * 100 < percent;
      return sampler.shouldSample(ROOT_CONTEXT, id, '', 0, {}, []).decision === SamplingDecision.RECORD_AND_SAMPLED;
    },
    attributes: percent === 100 ? {} : { [SAMPLE_RATE]: percent },
  };
}

/** Gives a span the rate of its parent: what a kept call led to stands for as many as the call itself. */
export class SampleRateOfParent implements SpanProcessor {
  onStart(span: Span, parent: Context): void {
    const rate = (trace.getSpan(parent) as Partial<ReadableSpan> | undefined)?.attributes?.[SAMPLE_RATE];
    if (rate !== undefined) span.setAttribute(SAMPLE_RATE, rate);
  }

  onEnd(): void {}

  forceFlush(): Promise<void> {
    return Promise.resolve();
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }
}

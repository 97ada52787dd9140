import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MeterProvider, MetricReader, AggregationTemporality, type DataPoint, type MetricProducer, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { resourceFromAttributes } from '@opentelemetry/resources';
import fc from 'fast-check';
import { Durations } from '../../../app/telemetry/durations.ts';
import { produceMetrics } from '../../../app/telemetry/metricSource.ts';
import { createRequestMetrics, createRequestTelemetry } from '../../../app/telemetry/requestTelemetry.ts';
import { createSampling } from '../../../app/telemetry/sampling.ts';

const METRIC = { name: 'some.duration', description: 'Of something', boundariesSeconds: [0.01, 0.1, 1] };
const resource = resourceFromAttributes({});

/** A reader that hands over when it is asked. */
class Reader extends MetricReader {
  constructor(producer?: MetricProducer) {
    super({ aggregationTemporalitySelector: () => AggregationTemporality.DELTA });
    if (producer) this.setMetricProducer(producer);
  }

  protected async onForceFlush(): Promise<void> {}
  protected async onShutdown(): Promise<void> {}
}

const pointsOf = ({ scopeMetrics }: ResourceMetrics): object[] => scopeMetrics.flatMap(({ metrics }) => metrics).flatMap(({ descriptor, aggregationTemporality, dataPointType, dataPoints }) =>
  dataPoints.map(({ attributes, value }) => ({ name: descriptor.name, unit: descriptor.unit, description: descriptor.description, aggregationTemporality, dataPointType, attributes, value })));

describe('durations', () => {
  it('are what a histogram of OpenTelemetry makes of the same values, collection by collection', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.oneof(fc.constantFrom(10, 100, 1_000), fc.double({ min: 0, max: 5_000, noNaN: true })))), { maxLength: 3 }), async (collections) => {
      const durations = new Durations(METRIC);
      const [ours, theirs] = [new Reader(produceMetrics(resource, [durations], Date.now)), new Reader()];
      const histogram = new MeterProvider({ readers: [theirs] }).getMeter('theirs').createHistogram(METRIC.name, { description: METRIC.description, unit: 's', advice: { explicitBucketBoundaries: METRIC.boundariesSeconds } });
      for (const values of collections) {
        for (const [key, durationMs] of values) {
          durations.record(key, durationMs, () => ({ key }));
          histogram.record(durationMs / 1_000, { key });
        }
        assert.deepEqual(pointsOf((await ours.collect()).resourceMetrics).map(withoutRedundant), pointsOf((await theirs.collect()).resourceMetrics).map(withoutRedundant));
      }
    }), { seed: 20_261_125, numRuns: 200 });
  });

  it('follow each other without a gap', async () => {
    let nowMs = 1_500;
    const durations = new Durations(METRIC);
    const reader = new Reader(produceMetrics(resource, [durations], () => nowMs));
    const timesOf = async (): Promise<unknown> => {
      durations.record('a', 1, () => ({}));
      const [point] = (await reader.collect()).resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics).flatMap(({ dataPoints }): readonly DataPoint<unknown>[] => dataPoints);
      return [point?.startTime, point?.endTime];
    };
    nowMs = 2_250;
    assert.deepEqual(await timesOf(), [[1, 500_000_000], [2, 250_000_000]]);
    nowMs = 3_000;
    assert.deepEqual(await timesOf(), [[2, 250_000_000], [3, 0]]);
  });

  it('are counted apart by status, and by tool, version and error', () => {
    const durations = createRequestMetrics();
    const telemetry = createRequestTelemetry(createSampling(0), durations);
    for (const [statusCode, outcome] of [[200, 'ok'], [200, 'ok'], [200, 'timeout'], [undefined, 'cancelled']] as const) {
      const request = telemetry.start({ headers: {}, clientAddress: undefined });
      request.startToolCall({ tool: 'whoami', principal: { oid: 'oid', azp: 'azp' }, reachesOut: false, requestId: 1, meta: undefined, protocolVersion: '2026-07-28' }).end(outcome);
      request.end(statusCode);
    }
    const http = { 'http.request.method': 'POST', 'http.route': '/mcp', 'url.scheme': 'https' };
    assert.deepEqual(durations.http.take().map(({ attributes, count }) => [attributes, count]), [[{ ...http, 'http.response.status_code': 200 }, 3], [{ ...http, 'error.type': 'client_closed_request' }, 1]]);
    const call = { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': 'whoami', 'gen_ai.operation.name': 'execute_tool', 'network.transport': 'tcp', 'network.protocol.name': 'http', 'mcp.protocol.version': '2026-07-28' };
    assert.deepEqual(durations.calls.take().map(({ attributes, count }) => [attributes, count]), [[call, 2], [{ ...call, 'error.type': 'timeout' }, 1], [{ ...call, 'error.type': 'cancelled' }, 1]]);
    assert.deepEqual(durations.calls.take(), []);
  });
});

/** The SDK says in a member of its own whether there are extremes. */
function withoutRedundant(point: object): object {
  const { value, ...rest } = point as { value: { hasMinMax?: boolean } };
  const { hasMinMax: _hasMinMax, ...figures } = value;
  return { ...rest, value: figures };
}

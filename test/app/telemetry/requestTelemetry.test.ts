import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import { context, propagation, trace, TraceFlags } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { AlwaysOnSampler, BasicTracerProvider, InMemorySpanExporter, ParentBasedSampler, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { createRequestMetrics, createRequestTelemetry, type ToolCallStart } from '../../../app/telemetry/requestTelemetry.ts';
import { createSampling, SampleRateOfParent } from '../../../app/telemetry/sampling.ts';

const call: ToolCallStart = { tool: 'whoami', principal: { oid: 'oid-of-caller', azp: 'azp-of-client' }, reachesOut: true, requestId: 1, meta: undefined, protocolVersion: '2026-07-28' };
const traceparent = (id: number, flags = '01'): string => `00-${hash('sha256', String(id)).slice(0, 32)}-b7ad6b7169203331-${flags}`;

describe('the trace of a request', () => {
  const exporter = new InMemorySpanExporter();
  before(() => {
    trace.setGlobalTracerProvider(new BasicTracerProvider({ sampler: new ParentBasedSampler({ root: new AlwaysOnSampler() }), spanProcessors: [new SampleRateOfParent(), new SimpleSpanProcessor(exporter)] }));
    propagation.setGlobalPropagator(new W3CTraceContextPropagator());
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  });
  beforeEach(() => exporter.reset());
  after(() => {
    trace.disable();
    propagation.disable();
    context.disable();
  });

  const reachOut = (): void => trace.getTracer('of the tool').startSpan('GET example.org').end();
  const serve = (ratio: number, headers: Record<string, string> = {}, start: ToolCallStart = call): void => {
    const request = createRequestTelemetry(createSampling(ratio), createRequestMetrics()).start({ headers, clientAddress: '203.0.113.9' });
    const span = request.startToolCall(start);
    span.run(reachOut);
    span.end('ok');
    request.end(200);
  };
  const names = (): string[] => exporter.getFinishedSpans().map(({ name }) => name);

  it('is one span, and what the tool does is its child', () => {
    serve(1);
    assert.deepEqual(names(), ['GET example.org', 'tools/call whoami']);
    const [child, parent] = exporter.getFinishedSpans();
    assert.equal(child?.parentSpanContext?.spanId, parent?.spanContext().spanId);
    assert.deepEqual([child, parent].map((span) => span?.attributes['_MS.sampleRate']), [undefined, undefined]);
  });

  it('names the caller and its client by their ids', () => {
    serve(1);
    const { attributes } = exporter.getFinishedSpans()[1] ?? assert.fail('no span');
    assert.deepEqual([attributes['enduser.id'], attributes['mcp_server.client.id']], ['oid-of-caller', 'azp-of-client']);
  });

  it('is one span with the status for a request without a tool call', () => {
    const request = createRequestTelemetry(createSampling(1), createRequestMetrics()).start({ headers: { host: 'mcp.example' }, clientAddress: undefined });
    request.end(403);
    const [span] = exporter.getFinishedSpans();
    assert.deepEqual(names(), ['POST /mcp']);
    assert.equal(span?.attributes['http.response.status_code'], 403);
  });

  it('leaves nothing of a request that is dropped, not even what the tool does', () => {
    for (let count = 0; count < 20; count += 1) serve(0);
    assert.deepEqual(names(), []);
  });

  it('is decided by the id of a trace from elsewhere: the same on every instance, in proportion, with the rate on all that is kept', () => {
    for (let id = 1; id <= 1_000; id += 1) serve(0.1, { traceparent: traceparent(id) });
    const kept = (): string[] => exporter.getFinishedSpans().map((span) => span.spanContext().traceId);
    const first = kept();
    assert.ok(first.length / 2 > 50 && first.length / 2 < 200, `${first.length / 2} of 1,000`);
    assert.ok(exporter.getFinishedSpans().every((span) => span.attributes['_MS.sampleRate'] === 10));
    exporter.reset();
    for (let id = 1; id <= 1_000; id += 1) serve(0.1, { traceparent: traceparent(id, '00') });
    assert.deepEqual(kept(), first);
  });

  it('begins by chance without one, in proportion', () => {
    for (let count = 0; count < 4_000; count += 1) serve(0.25, {}, { ...call, reachesOut: false });
    const calls = names().filter((name) => name === 'tools/call whoami').length;
    // Six standard deviations of a binomial distribution.
    assert.ok(Math.abs(calls - 1_000) < 165, `${calls} of 4,000`);
  });

  it('continues the trace in the message and links that of the headers', () => {
    serve(1, { traceparent: traceparent(7) }, { ...call, meta: { traceparent: traceparent(8) } });
    const span = exporter.getFinishedSpans().find(({ name }) => name === 'tools/call whoami');
    assert.equal(span?.spanContext().traceId, traceparent(8).slice(3, 35));
    assert.deepEqual(span?.links.map((link) => link.context.traceId), [traceparent(7).slice(3, 35)]);
  });

  it('takes a broken traceparent for none', () => {
    serve(1, { traceparent: 'nonsense' }, { ...call, meta: { traceparent: '00-0-0-00' } });
    const span = exporter.getFinishedSpans().find(({ name }) => name === 'tools/call whoami');
    assert.equal(span?.parentSpanContext, undefined);
    assert.equal(span?.spanContext().traceFlags, TraceFlags.SAMPLED);
  });
});

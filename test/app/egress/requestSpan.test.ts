import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import { AlwaysOnSampler, BasicTracerProvider, InMemorySpanExporter, ParentBasedSampler, SimpleSpanProcessor, type ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { EgressFetch } from '../../../app/egress/egress.ts';
import { createRequestMetrics, createRequestTelemetry } from '../../../app/telemetry/requestTelemetry.ts';
import { createSampling, SampleRateOfParent } from '../../../app/telemetry/sampling.ts';
import type { EgressDeclaration } from '../../../app/tools/egressHosts.ts';
import { createTestApp } from '../support/testApp.ts';
import { PUBLIC, startInternet, type Internet } from './support/internet.ts';
import { KEY, readPage } from './support/readPage.ts';

const API = 'api.example.com';
const OTHER = 'other.example.com';
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const CALLER = { traceparent: `00-${TRACE_ID}-b7ad6b7169203331-01`, tracestate: 'vendor=opaque', baggage: 'user=ada' };

describe('a request of a tool in the trace', () => {
  const exporter = new InMemorySpanExporter();
  let internet: Internet;
  before(async () => {
    trace.setGlobalTracerProvider(new BasicTracerProvider({ sampler: new ParentBasedSampler({ root: new AlwaysOnSampler() }), spanProcessors: [new SampleRateOfParent(), new SimpleSpanProcessor(exporter)] }));
    propagation.setGlobalPropagator(new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }));
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    internet = await startInternet();
    Object.assign(internet.names, { [API]: [PUBLIC], [OTHER]: [PUBLIC] });
  });
  beforeEach(() => {
    exporter.reset();
    internet.requests.length = 0;
  });
  after(async () => {
    trace.disable();
    propagation.disable();
    context.disable();
    await internet.close();
  });

  const url = (path: string, name = API): string => `https://${name}:${internet.port}${path}`;
  const hosts = (more: object = {}): EgressDeclaration[] => [API, OTHER].map((host) => ({ host, port: internet.port, ...more }));
  const traced = async (egress: EgressDeclaration[], run: (fetch: EgressFetch) => Promise<string>, { ratio = 1, headers = CALLER }: { ratio?: number; headers?: Record<string, string> } = {}): Promise<void> => {
    const test = await createTestApp({ tools: [readPage(egress, run)], egressEdge: internet.edge, telemetry: createRequestTelemetry(createSampling(ratio), createRequestMetrics()) });
    await test.call('tools/call', { name: 'read_page', arguments: {} }, { headers });
    await test.app.http.close();
  };
  const dependencies = (): ReadableSpan[] => exporter.getFinishedSpans().filter(({ kind }) => kind === SpanKind.CLIENT);
  const attributesOf = (span: ReadableSpan | undefined) => span?.attributes;

  it('is a dependency under the call, one for each redirect, without the query [egress.traced]', async () => {
    internet.routes['/a'] = (_request, response) => response.writeHead(302, { location: url('/b?token=secret', OTHER) }).end();
    internet.routes['/b'] = (_request, response) => response.end('ok');
    await traced(hosts(), async (fetch) => (await fetch(url(`/a?key=${KEY}`))).text());
    const spans = exporter.getFinishedSpans();
    assert.deepEqual(spans.map(({ name }) => name), ['GET', 'GET', 'tools/call read_page']);
    const [first, second] = dependencies();
    assert.deepEqual(attributesOf(first), { 'http.request.method': 'GET', 'server.address': API, 'server.port': internet.port, 'url.full': url('/a'), 'http.response.status_code': 302 });
    assert.deepEqual(attributesOf(second), { 'http.request.method': 'GET', 'server.address': OTHER, 'server.port': internet.port, 'url.full': url('/b', OTHER), 'http.request.resend_count': 1, 'http.response.status_code': 200 });
    for (const span of [first, second]) {
      assert.equal(span?.parentSpanContext?.spanId, spans[2]?.spanContext().spanId);
      assert.equal(span?.spanContext().traceId, TRACE_ID);
    }
  });

  it('tells how it failed: by status, by code, and that it was cut off', async () => {
    internet.routes['/down'] = (_request, response) => response.writeHead(503).end();
    internet.routes['/endless'] = (_request, response) => void response.write('x'.repeat(2_000));
    internet.names['gone.example.com'] = ['10.0.0.4'];
    const egress = [...hosts({ maxResponseBytes: 1_000 }), { host: 'gone.example.com', port: internet.port }, { host: 'nowhere.example.com', port: internet.port }];
    await traced(egress, async (fetch) => {
      await (await fetch(url('/down'))).text();
      for (const name of ['gone.example.com', 'nowhere.example.com']) await fetch(url('/', name)).catch(() => undefined);
      await (await fetch(url('/endless'))).text().catch(() => undefined);
      await fetch(url('/endless'));
      return 'unread';
    });
    assert.deepEqual(dependencies().map(({ attributes, status }) => [attributes['error.type'], status.code]), [
      ['503', SpanStatusCode.ERROR], ['MCP_EGRESS_REFUSED', SpanStatusCode.ERROR], ['MCP_EGRESS_UNREACHABLE', SpanStatusCode.ERROR], ['MCP_EGRESS_TOO_LARGE', SpanStatusCode.ERROR], ['cancelled', SpanStatusCode.ERROR],
    ]);
  });

  it('is not there for what was never sent, nor in a call that is not sampled', async () => {
    internet.routes['/'] = (_request, response) => response.end('ok');
    await traced(hosts(), async (fetch) => fetch('https://evil.example.com/').then(() => '', () => 'refused'));
    assert.deepEqual(dependencies(), []);
    await traced(hosts(), async (fetch) => (await fetch(url('/'))).text(), { ratio: 0, headers: {} });
    assert.equal(internet.requests.length, 1);
    assert.deepEqual(dependencies(), []);
  });

  it('tells a host of the trace where the declaration says so, and nobody else; never more than the id [egress.trace-context]', async () => {
    internet.routes['/'] = (_request, response) => response.end('ok');
    const run = async (fetch: EgressFetch): Promise<string> => (await fetch(url('/'))).text();
    const sent = (): unknown[] => internet.requests.map(({ headers: { traceparent, tracestate, baggage } }) => [traceparent, tracestate, baggage]);
    await traced(hosts(), run);
    assert.deepEqual(sent(), [[undefined, undefined, undefined]]);
    internet.requests.length = 0;
    await traced(hosts({ traceContext: true }), run);
    const [span] = dependencies().slice(-1);
    assert.deepEqual(sent(), [[`00-${TRACE_ID}-${span?.spanContext().spanId}-01`, undefined, undefined]]);
    internet.requests.length = 0;
    await traced(hosts({ traceContext: true }), run, { ratio: 0 });
    assert.match(String((sent()[0] as string[])[0]), new RegExp(`^00-${TRACE_ID}-[0-9a-f]{16}-00$`), 'a call that is dropped says so');
  });
});

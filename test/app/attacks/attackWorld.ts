import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { propagation, trace } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor, type ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { z } from 'zod';
import { createDenyList } from '../../../app/access/denyList.ts';
import { startAudit, type RunningAudit } from '../../../app/audit/start.ts';
import { prompts } from '../../../app/prompts/index.ts';
import { resources } from '../../../app/resources/index.ts';
import { createRequestMetrics, createRequestTelemetry } from '../../../app/telemetry/requestTelemetry.ts';
import { createSampling } from '../../../app/telemetry/sampling.ts';
import { defineTool, type Tool } from '../../../app/tools/defineTool.ts';
import { tools } from '../../../app/tools/index.ts';
import { MemoryStore } from '../audit/support/memoryStore.ts';
import { bytesWithLength, type HttpDraft } from '../fuzz/httpDraft.ts';
import { exchangeBytes } from '../fuzz/rawClient.ts';
import { fetchOf } from '../support/authority.ts';
import { createTestApp, type TestApp } from '../support/testApp.ts';
import { createForger, DENIED_CLIENT_ID, DENIED_OID, type Forger } from './forger.ts';

export interface Answered {
  readonly status: number;
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly code: string | number | undefined;
  readonly text: string;
}

/** The server on a port, with all that could give something away held in memory. */
export interface AttackWorld {
  readonly forger: Forger;
  /** What ran: tools, resources and prompts, by name. */
  readonly ran: string[];
  readonly log: readonly string[];
  readonly records: MemoryStore;
  /** What the server asked of others. */
  readonly requests: readonly string[];
  spans(): readonly ReadableSpan[];
  /** @param clientAddress by which the record can tell the request from others */
  send(draft: HttpDraft, clientAddress: string): Promise<Answered>;
  /** Lines of the record that a condition holds for. */
  linesOf(condition: (line: Record<string, unknown>) => boolean): Record<string, unknown>[];
  /** Stores what of the record is held. */
  closeRecord(): Promise<void>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 10_000;

export async function startAttackWorld(): Promise<AttackWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'attacks-'));
  const ran: string[] = [];
  const requests: string[] = [];
  const records = new MemoryStore();
  const anchors = new MemoryStore();
  const exporter = new InMemorySpanExporter();
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  const offered = [...tools, retired].map((tool) => watched(tool, ran));
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  let audit: RunningAudit | undefined;
  const tenant: { publishesKeys?: typeof fetch } = {};
  const testApp: TestApp = await createTestApp({
    tools: offered,
    resources: resources.map((resource) => ({ ...resource, read: (variables) => (ran.push(resource.name), resource.read(variables)) })),
    prompts: prompts.map((prompt) => ({ ...prompt, render: (args, exchange) => (ran.push(prompt.name), prompt.render(args, exchange)) })),
    telemetry: createRequestTelemetry(createSampling(1), createRequestMetrics()),
    fetch: async (input, init) => {
      const request = new Request(input, init);
      requests.push(JSON.stringify([request.method, request.url, [...request.headers], await request.clone().text()]));
      return tenant.publishesKeys?.(input, init) ?? Response.error();
    },
    startAudit: (log) => (audit = startAudit({
      config: { instance: { id: 'instance-a', slot: 'production', packageDigest: undefined, version: '0.1.0' }, audit: { blobUrl: '', signingKeyUrl: '', mode: 'durable', policyVersion: '1.0.0', identityClientId: undefined, spoolFolder: folder } },
      site: 'mcp-site', tools: offered, log,
      parts: { records, anchors, sign: async (text) => ({ key: 'https://vault.example.net/keys/audit-anchor/1', signature: sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url') }) },
    })),
    startDenyList: (log) => createDenyList({ read: async () => ({ kind: 'list', text: DENY_LIST, etag: undefined }), intervalMs: 3_600_000, now: Date.now, log }),
  }, { MCP_LOG_LEVEL: 'trace' });
  tenant.publishesKeys = fetchOf(testApp.authority);
  const url = new URL(await testApp.app.http.listen({ host: '127.0.0.1', port: 0 }));
  const port = Number(url.port);
  return {
    forger: await createForger(testApp.authority),
    ran, records, requests,
    log: testApp.log,
    spans: () => exporter.getFinishedSpans(),
    async send(draft, clientAddress) {
      draft.headers.push(['X-Forwarded-For', clientAddress]);
      const outcome = await exchangeBytes({ bytes: bytesWithLength(draft), methods: [draft.method], isWhole: true }, { port, timeoutMs: TIMEOUT_MS, quietMs: 200 });
      const [answer] = outcome.answers;
      if (!answer) throw new Error(`no answer, the connection was ${outcome.ending}`);
      const text = answer.body.toString('utf8');
      return { status: answer.status, headers: answer.headers, text, code: codeOf(text) };
    },
    linesOf: (condition) => records.lines().filter(condition),
    closeRecord: async () => audit?.close(),
    async close() {
      await testApp.app.abortCalls();
      await testApp.app.http.close();
      trace.disable();
      propagation.disable();
      await rm(folder, { recursive: true });
    },
  };
}

const DENY_LIST = JSON.stringify({
  format: 1,
  rules: ([['principal', DENIED_OID], ['client', DENIED_CLIENT_ID], ['tool', 'report_change']] as const).map(([kind, value]) => ({ id: `deny-${kind}`, kind, value, reason: 'an attack', by: 'operator', at: '2026-11-24T10:00:00Z' })),
});

/** A tool that is declared and no longer served. */
const retired = defineTool({
  name: 'retired', title: 'Retired', description: 'A tool that is declared and no longer served.', input: z.strictObject({}), output: z.strictObject({}),
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  limits: { timeoutMs: 1_000 }, egress: [], owner: 'tests', lifecycle: { stage: 'disabled' },
  handler: async () => ({ run: () => ({}) }),
});

function watched(tool: Tool, ran: string[]): Tool {
  return {
    ...tool,
    async handler() {
      const loaded = await tool.handler();
      return { ...loaded, run: (args, context) => (ran.push(tool.name), loaded.run(args, context)) };
    },
  };
}

/** Of a problem document, or of a JSON-RPC error, ours before the protocol's. */
function codeOf(text: string): string | number | undefined {
  const json = /^data: (\{.*)$/m.exec(text)?.[1] ?? text;
  if (!json.startsWith('{')) return undefined;
  const { code, error } = JSON.parse(json) as { code?: string; error?: string | { code?: number; data?: { code?: string } } };
  return code ?? (typeof error === 'object' ? (error.data?.code ?? error.code) : undefined);
}

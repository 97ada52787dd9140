import {
  ProtocolError, ProtocolErrorCode, ResourceNotFoundError,
  type CallToolRequestParams, type CompleteRequestParams, type CompleteResult, type GetPromptRequestParams, type GetPromptResult, type InputRequiredResult,
  type ListPromptsResult, type ListResourcesResult, type ListResourceTemplatesResult, type ListToolsResult, type ReadResourceResult,
  type CallToolResult, type Prompt as ListedPrompt, type Tool as ListedTool,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
import { LIMITS } from '../limits.ts';
import type { Prompt } from '../prompts/index.ts';
import type { Resource } from '../resources/index.ts';
import { withoutTokens } from '../access/withoutTokens.ts';
import { isListedFor, type Access } from '../access/decideAccess.ts';
import type { Audit, CallRecord } from '../audit/audit.ts';
import type { CallIds } from '../audit/callIds.ts';
import type { Egress } from '../egress/egress.ts';
import type { Tool } from '../tools/index.ts';
import { deprecationNotice, isServed, retirementMessage, type ToolLifecycle } from '../tools/lifecycle.ts';
import type { Principal } from '../tools/principal.ts';
import type { Change, Exchange, Instance } from '../tools/toolContext.ts';
import { callTool, refuse, type ToolCallEnd } from './callTool.ts';
import { paginate } from './paginate.ts';
import { renderPrompt } from './renderPrompt.ts';
import type { RequestContext } from './requestContext.ts';

/** Everything that the server offers. */
export interface Offer {
  readonly tools: readonly Tool[];
  readonly resources: readonly Resource[];
  readonly prompts: readonly Prompt[];
}

export interface MethodsOptions extends Offer {
  readonly instance: Instance;
  readonly log: MethodLog;
  readonly audit: Audit;
  readonly callIds: CallIds;
  readonly egress: Egress;
  /** YYYY-MM-DD, in UTC. */
  readonly today: () => string;
}

export interface MethodLog {
  error(fields: object, message: string): void;
}

/** What a method is given beside its parameters. */
export interface MethodCall {
  readonly context: RequestContext;
  /** Id of the JSON-RPC request. */
  readonly requestId: string | number;
  /** `_meta` of the request. */
  readonly meta: Readonly<Record<string, unknown>> | undefined;
  readonly protocolVersion: string | undefined;
  readonly exchange: Exchange;
}

type ToolResult = CallToolResult | InputRequiredResult;
type Lister = Pick<Principal, 'kind' | 'roles' | 'scopes'>;
type Paged = { cursor?: string | undefined } | undefined;

/**
 * The methods of the server, free of transport and protocol version. Parameters are checked before against the schema of the protocol.
 * They throw ProtocolError for what the protocol answers with an error, and nothing else that a caller may see.
 */
export interface Methods {
  /** @param caller lists name what the caller holds a role for, whatever its scopes */
  listTools(params: Paged, caller: Lister): ListToolsResult;
  callTool(params: CallToolRequestParams, call: MethodCall): ToolResult | Promise<ToolResult>;
  /** The same as JSON that ends inside of `_meta`, its last member: who answers goes on there. What the call has written as JSON already is not written again. */
  callToolAsJson(params: CallToolRequestParams, call: MethodCall): string | Promise<string>;
  listResources(params: Paged, caller: Lister): ListResourcesResult;
  listResourceTemplates(params: Paged, caller: Lister): ListResourceTemplatesResult;
  readResource(params: { uri: string }, call: MethodCall): Promise<ReadResourceResult>;
  /** Of 2025-11-25. Resources do not change while a process lives, so that there is nothing to keep: the subscription holds, and stays silent. */
  acceptSubscription(params: { uri: string }): Record<string, never>;
  listPrompts(params: Paged, caller: Lister): ListPromptsResult;
  getPrompt(params: GetPromptRequestParams, call: MethodCall): Promise<GetPromptResult | InputRequiredResult>;
  complete(params: CompleteRequestParams): CompleteResult;
}

/** Members of `_meta` of ours, docs/decisions/018-the-record.md. */
export const CALL_ID_META_KEY = 'mcp-app-service/callId';
export const AGENT_SESSION_META_KEY = 'mcp-app-service/agentSession';
const MAX_AGENT_SESSION_CHARACTERS = 128;

const NO_DECISION = {};

/** Longest list of completions. Source: Model Context Protocol 2026-07-28, server/utilities/completion: at most 100 values. */
const MAX_COMPLETIONS = 100;

/** Makes the methods; all that does not vary by request is computed here, once. */
export function createMethods({ tools, resources, prompts, instance, log, audit, callIds, egress, today }: MethodsOptions): Methods {
  const served = tools.filter((tool) => tool.lifecycle.stage !== 'disabled');
  const toolsByName = new Map(served.map((tool) => [tool.name, tool]));
  const promptsByName = new Map(prompts.map((prompt) => [prompt.name, prompt]));
  const listedTools = createToolLists(served.map((tool) => ({ access: tool.access, lifecycle: tool.lifecycle, listed: toListedTool(tool) })), today);
  const listedPrompts = prompts.map((prompt) => ({ access: prompt.access, listed: toListedPrompt(prompt) })).sort(by(({ listed }) => listed.name));
  const listedTemplates = resources.filter((resource) => resource.isTemplate)
    .map(({ access, uri, name, title, description, mimeType }) => ({ access, listed: { uriTemplate: uri, name, title, description, mimeType } }))
    .sort(by(({ listed }) => listed.uriTemplate));

  const callRecorded = <T>({ name, arguments: args }: CallToolRequestParams, call: MethodCall, render: Render<T>): T | Promise<T> => {
    const tool = toolsByName.get(name);
    if (!tool) {
      audit.refused({ code: 'UNKNOWN_TOOL', status: 200, tool: withoutTokens(name).slice(0, 64), oid: call.context.principal.oid, azp: call.context.principal.azp });
      throw invalidParams(`Unknown tool: ${name.slice(0, 64)}. tools/list names the tools of this server.`);
    }
    return runRecorded(tool, args, call, render);
  };

  const runRecorded = <T>(tool: Tool, args: Record<string, unknown> | undefined, { context, requestId, meta, protocolVersion, exchange }: MethodCall, render: Render<T>): T | Promise<T> => {
    const { principal, callId, departure, requestBytes, trace, decision } = context;
    const startedAtMs = performance.now();
    const span = trace.startToolCall({ tool: tool.name, principal, reachesOut: tool.egress.length > 0, requestId, meta, protocolVersion });
    const record = audit.begin({ callId, tool, principal, arguments: args, decision: decision ?? NO_DECISION, traceId: span.traceId, agentSession: agentSessionOf(meta) });
    const reportChange = (ofCall: string, change: Change) => recordChange(audit, callIds, ofCall, principal, change);
    const run = (): T | Promise<T> => {
      const end = span.run(() => callTool(tool, args, { principal, instance, callId, departure, requestBytes, exchange, reportChange, egress }));
      return end instanceof Promise ? end.then(finish) : finish(end);
    };
    const finish = (end: ToolCallEnd): T | Promise<T> => {
      span.end(end.outcome);
      logEnd(log, tool, callId, end);
      return answerRecorded(audit, record, tool, callId, end, performance.now() - startedAtMs, render);
    };
    const unrecorded = (): T | Promise<T> => finish({ outcome: 'unrecorded', result: refuse(unrecordedMessage(tool, callId)) });
    if (decision?.allowed === false) return finish({ outcome: 'denied', result: refuse(retirementMessage(tool.name, tool.lifecycle)) });
    if (tool.audit === 'required' && !audit.isReachable) return unrecorded();
    if (tool.annotations.readOnlyHint) return run();
    return record.intend().then((kept) => (tool.audit === 'required' && kept !== 'stored' ? unrecorded() : run()));
  };

  return {
    listTools(params, caller) {
      const { items, ...rest } = paginate(listedFor(caller, listedTools()), (tool) => tool.name, params?.cursor, LIMITS.listPageLength);
      return { tools: items, ...rest };
    },
    callTool: (params, call) => callRecorded(params, call, asResult),
    callToolAsJson: (params, call) => callRecorded(params, call, asJson),
    listResources(params, caller) {
      // Read anew: what a resource family holds may grow while the process lives.
      const listed = resources.filter(({ access }) => isListedFor(caller, access)).flatMap((resource) => resource.list()).sort(by((resource) => resource.uri));
      const { items, ...rest } = paginate(listed, (resource) => resource.uri, params?.cursor, LIMITS.listPageLength);
      return { resources: items.map((item) => ({ ...item })), ...rest };
    },
    listResourceTemplates(params, caller) {
      const { items, ...rest } = paginate(listedFor(caller, listedTemplates), (template) => template.uriTemplate, params?.cursor, LIMITS.listPageLength);
      return { resourceTemplates: items, ...rest };
    },
    async readResource({ uri }, { context }) {
      // The first family that matches is the one that access was decided about: no other may answer in its place.
      const resource = resources.find((candidate) => candidate.match(uri));
      const variables = resource?.match(uri);
      const body = resource && variables && (await orInternalError(log, context.callId, () => resource.read(variables)));
      if (!resource || !body) throw new ResourceNotFoundError(uri);
      return { contents: [{ uri, mimeType: resource.mimeType, ...body }] };
    },
    acceptSubscription({ uri }) {
      if (!resources.some((resource) => resource.match(uri))) throw new ResourceNotFoundError(uri);
      return {};
    },
    listPrompts(params, caller) {
      const { items, ...rest } = paginate(listedFor(caller, listedPrompts), (prompt) => prompt.name, params?.cursor, LIMITS.listPageLength);
      return { prompts: items, ...rest };
    },
    async getPrompt({ name, arguments: args }, { context, exchange }) {
      const prompt = promptsByName.get(name);
      if (!prompt) throw invalidParams(`Unknown prompt: ${name.slice(0, 64)}. prompts/list names the prompts of this server.`);
      return orInternalError(log, context.callId, () => renderPrompt(prompt, args, exchange));
    },
    complete({ ref, argument }) {
      const completers = ref.type === 'ref/prompt'
        ? promptsByName.get(ref.name)?.complete
        : resources.find((resource) => resource.uri === ref.uri) && (resources.find((resource) => resource.uri === ref.uri)?.complete ?? {});
      if (!completers) throw invalidParams(`Nothing to complete: the ${ref.type === 'ref/prompt' ? 'prompt' : 'resource template'} of the reference does not exist.`);
      const values = Object.hasOwn(completers, argument.name) ? completers[argument.name]?.(argument.value) ?? [] : [];
      return { completion: { values: values.slice(0, MAX_COMPLETIONS), total: values.length, hasMore: values.length > MAX_COMPLETIONS } };
    },
  };
}

function listedFor<T>(caller: Lister, entries: readonly { readonly access: Access; readonly listed: T }[]): T[] {
  return entries.filter(({ access }) => isListedFor(caller, access)).map(({ listed }) => listed);
}

/** The entries of tools that are served, made anew when the day turns: a tool retires while the process lives. */
function createToolLists<T extends { readonly lifecycle: ToolLifecycle }>(entries: readonly T[], today: () => string): () => readonly T[] {
  let day = '';
  let served: readonly T[] = [];
  return () => {
    const current = today();
    if (current !== day) {
      day = current;
      served = entries.filter(({ lifecycle }) => isServed(lifecycle, today));
    }
    return served;
  };
}

function by<T>(keyOf: (item: T) => string): (left: T, right: T) => number {
  return (left, right) => (keyOf(left) < keyOf(right) ? -1 : 1);
}

function invalidParams(message: string): ProtocolError {
  return new ProtocolError(ProtocolErrorCode.InvalidParams, message);
}

/** Only errors that were written for a caller pass; the rest stays in the log. */
async function orInternalError<T>(log: MethodLog, callId: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ProtocolError) throw error;
    log.error({ err: error, callId }, 'MCP method failed');
    throw new ProtocolError(ProtocolErrorCode.InternalError, `The server failed. Report the call id to the operators when trying again does not help. Call id: ${callId}.`);
  }
}

function toListedTool(tool: Tool): ListedTool {
  return {
    name: tool.name,
    title: tool.title,
    description: `${tool.description}${deprecationNotice(tool.lifecycle)}`,
    inputSchema: z.toJSONSchema(tool.input, { io: 'input' }) as ListedTool['inputSchema'],
    outputSchema: z.toJSONSchema(tool.output, { io: 'output' }),
    annotations: { ...tool.annotations },
  };
}

function toListedPrompt(prompt: Prompt): ListedPrompt {
  return {
    name: prompt.name,
    title: prompt.title,
    description: prompt.description,
    arguments: Object.entries(prompt.arguments.shape).map(([name, schema]) => ({
      name,
      ...(schema.description === undefined ? {} : { description: schema.description }),
      required: !schema.safeParse(undefined).success,
    })),
  };
}

/** Writes the record and lets the answer go: at once, or when the record is kept. */
function answerRecorded<T>(audit: Audit, record: CallRecord, tool: Tool, callId: string, end: ToolCallEnd, durationMs: number, render: Render<T>): T | Promise<T> {
  const { outcome, result, text, decision } = end;
  const answer = render(end, callId);
  const kept = record.end({ outcome, durationMs, decision, result: text ?? JSON.stringify(result['content'] ?? null) });
  const isRequired = tool.audit === 'required';
  if (!isRequired && !audit.isDurable) return answer;
  return kept.then((where) => {
    // What has been changed has been changed, and its intent is stored: the caller has to know. What was only read is withheld.
    if (isRequired && where !== 'stored' && tool.annotations.readOnlyHint) return render({ outcome: 'unrecorded', result: refuse(unrecordedMessage(tool, callId)) }, callId);
    return answer;
  });
}

/** Makes of the end of a call what is sent: its result with the call id in `_meta`. */
type Render<T> = (end: ToolCallEnd, callId: string) => T;

const asResult: Render<ToolResult> = ({ result }, callId) => ({ ...result, _meta: { [CALL_ID_META_KEY]: callId } });

const asJson: Render<string> = (end, callId) => {
  const { result, text } = end;
  if (text === undefined) return JSON.stringify(asResult(end, callId)).slice(0, -'}}'.length);
  return `{"content":${JSON.stringify(result['content'])},"structuredContent":${text},"_meta":{"${CALL_ID_META_KEY}":"${callId}"`;
};

function unrecordedMessage(tool: Tool, callId: string): string {
  return `Tool ${tool.name} runs only when its call can be recorded, and the record cannot be stored at the moment. Try again later. Call id: ${callId}.`;
}

async function recordChange(audit: Audit, callIds: CallIds, callId: string, principal: Principal, change: Change): Promise<'recorded' | 'not_yours' | 'unavailable'> {
  if (!callIds.belongsTo(callId, principal)) return 'not_yours';
  return (await audit.changed(callId, principal, change)) === 'stored' ? 'recorded' : 'unavailable';
}

/** What the caller claims to be its session, for the record. */
function agentSessionOf(meta: MethodCall['meta']): string | undefined {
  const claimed = meta?.[AGENT_SESSION_META_KEY];
  return typeof claimed === 'string' ? claimed.slice(0, MAX_AGENT_SESSION_CHARACTERS) : undefined;
}

function logEnd(log: MethodLog, tool: Tool, callId: string, end: ToolCallEnd): void {
  if (end.outcome === 'failed' || end.outcome === 'invalid_result' || end.outcome === 'result_too_large' || end.outcome === 'timeout' || end.outcome === 'egress_failed') {
    log.error({ err: end.error, tool: tool.name, callId, outcome: end.outcome }, 'tool call failed');
  }
}

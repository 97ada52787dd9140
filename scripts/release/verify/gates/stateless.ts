import { canonicalJson } from '../../../audit/snapshots/canonicalJson.ts';
import type { Gate } from '../../gate.ts';
import type { OfferedTool } from '../../lock/offeredTools.ts';
import { LIMITS } from '../limits.ts';
import { VERSIONS, type Era, type JsonObject, type McpAnswer, type McpEndpoint, type McpRequest } from '../mcp/endpoint.ts';
import { listTools } from '../mcp/listTools.ts';
import { smokeCallOf } from '../smokeCall.ts';
import type { SlotUnderTest } from '../slotUnderTest.ts';

const NAME = 'stateless';
/** Rounds of a tool that asks back; it gets "declined" each time. */
const MAX_ROUNDS = 5;

/** A request of a conversation, and its answer on one instance and on another one. */
export interface Replayed {
  readonly era: Era;
  /** Such as `tools/call whoami`. */
  readonly what: string;
  /** The tool that was called, where one was. */
  readonly tool: string | undefined;
  readonly recorded: string;
  readonly replayed: string;
}

export interface ConversationSeen {
  readonly instances: number;
  readonly replays: readonly Replayed[];
  /** Requests that never reached the instance that they were for. */
  readonly stuck: readonly string[];
  readonly acceptedChanges: ReadonlySet<string>;
}

/** Every request has the same answer, wherever the one before it went. */
export function judgeConversation({ instances, replays, stuck, acceptedChanges }: ConversationSeen): Gate {
  const differing = replays.filter(({ recorded, replayed }) => recorded !== replayed).map((one) => ({ ...one, id: `answers-differ:${one.tool ?? one.what.replaceAll(' ', ':')}` }));
  const blocking = differing.filter(({ id }) => !acceptedChanges.has(id));
  return {
    name: NAME,
    measured: instances < 2 ? `${instances} instance` : `${replays.length - differing.length} of ${replays.length} answers alike on another instance`,
    limit: instances < 2 ? '2 instances or more' : 'all alike',
    pass: instances >= 2 && replays.length > 0 && blocking.length === 0 && stuck.length === 0,
    details: [
      ...(instances < 2 ? ['With one instance nothing shows that another one would answer alike. Scale the plan out.'] : []),
      ...stuck,
      ...differing.map(({ era, what, recorded, replayed, id }) => `${acceptedChanges.has(id) ? 'accepted' : 'blocks'}: ${id}: ${what} in ${VERSIONS[era]} ${differenceOf(recorded, replayed)}`),
      ...(blocking.length === 0 ? [] : ['A process keeps what a later request needs, or the tool answers by clock or chance; accept the latter by its id with --accept.']),
    ],
  };
}

/** Where two answers part, without quoting more of them than it takes. */
function differenceOf(recorded: string, replayed: string): string {
  const limit = Math.min(recorded.length, replayed.length);
  let place = 0;
  while (place < limit && recorded[place] === replayed[place]) place += 1;
  const around = (text: string): string => text.slice(Math.max(0, place - 30), place + 60).replaceAll(/[\p{C}\s]+/gu, ' ');
  return `was answered …${around(recorded)}… on one instance and …${around(replayed)}… after another one`;
}

/** The state of one conversation: what a client keeps from answer to answer. */
interface Conversation {
  readonly era: Era;
  sessionId: string | undefined;
}

/** Has a request answered by an instance that is wanted; tells when none such answers. */
type Ask = (request: McpRequest, conversation: Conversation) => Promise<McpAnswer>;

class StuckError extends Error {}

/** Records each conversation on one instance, then repeats it, each request to another instance than the one before. */
export async function stateless({ endpoint, site, slot, acceptedChanges, update }: SlotUnderTest): Promise<Gate> {
  const { length: instances } = await site.instances(slot);
  const replays: Replayed[] = [];
  const stuck: string[] = [];
  if (instances < 2) return judgeConversation({ instances, replays, stuck, acceptedChanges });
  const tools = await listTools(endpoint);
  for (const era of ['modern', 'legacy'] as const) {
    try {
      update(`${VERSIONS[era]}, on one instance`);
      const recorded = await converse(era, tools, askOneInstance(endpoint));
      update(`${VERSIONS[era]}, from instance to instance`);
      const replayed = await converse(era, tools, askAnotherInstance(endpoint));
      // A conversation that came to its end earlier has no answers from there on.
      const length = Math.max(recorded.length, replayed.length);
      for (let place = 0; place < length; place += 1) {
        const [one, other] = [recorded[place], replayed[place]];
        const { what, tool } = (one ?? other) as Step;
        replays.push({ era, what, tool, recorded: one?.answer ?? 'no answer', replayed: other?.answer ?? 'no answer' });
      }
    } catch (error) {
      if (!(error instanceof StuckError)) throw error;
      stuck.push(`${VERSIONS[era]}: ${error.message}`);
    }
  }
  return judgeConversation({ instances, replays, stuck, acceptedChanges });
}

interface Step {
  readonly what: string;
  readonly tool: string | undefined;
  readonly answer: string;
}

/** What a client does: it introduces itself where the version has it so, reads the lists, calls tools, and answers what they ask back. */
async function converse(era: Era, tools: readonly OfferedTool[], ask: Ask): Promise<Step[]> {
  const conversation: Conversation = { era, sessionId: undefined };
  const steps: Step[] = [];
  const step = async (request: McpRequest, tool?: string): Promise<McpAnswer> => {
    const answer = await ask(request, conversation);
    if (answer.sessionId !== undefined) conversation.sessionId = answer.sessionId;
    steps.push({ what: tool === undefined ? request.method : `${request.method} ${tool}`, tool, answer: comparable(answer) });
    return answer;
  };
  if (era === 'modern') await step({ method: 'server/discover' });
  else {
    await step({ method: 'initialize' });
    await step({ method: 'notifications/initialized' });
  }
  await step({ method: 'tools/list' });
  for (const tool of tools) {
    const call = smokeCallOf(tool);
    // What hosts outside answer differs from call to call.
    if (call.kind !== 'call' || call.isOpenWorld) continue;
    const params = { name: tool.name, arguments: call.arguments };
    let answer = await step({ method: 'tools/call', params }, tool.name);
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const next = nextRound(answer);
      if (!next) break;
      answer = await step({ method: 'tools/call', params: { ...params, ...next } }, tool.name);
    }
  }
  await step({ method: 'tools/list' });
  return steps;
}

/**
 * What a client sends when a tool asks it for input: each request declined, and the state as it came.
 * Source: Model Context Protocol 2026-07-28, basic/patterns/mrtr.
 */
function nextRound({ body }: McpAnswer): JsonObject | undefined {
  if (!body || !('result' in body) || body.result['resultType'] !== 'input_required') return undefined;
  const { inputRequests, requestState } = body.result;
  const keys = typeof inputRequests === 'object' && inputRequests !== null ? Object.keys(inputRequests) : [];
  return { inputResponses: Object.fromEntries(keys.map((key) => [key, { action: 'decline' }])), ...(requestState === undefined ? {} : { requestState }) };
}

/**
 * An answer without what is of this one call or instance by its own word: the headers name call and instance, and their names stand in answers too.
 * Sealed state differs each time it is sealed; that it is good everywhere shows in the answer to it.
 */
export function comparable({ status, body, instance, callId, sessionId }: McpAnswer): string {
  const told = body !== undefined && 'result' in body && body.result['requestState'] !== undefined ? { result: { ...body.result, requestState: '<state>' } } : body;
  let text = canonicalJson({ status, ...told });
  for (const [name, value] of [['instance', instance], ['call', callId], ['session', sessionId]] as const) if (value !== undefined && value !== '') text = text.replaceAll(JSON.stringify(value).slice(1, -1), `<${name}>`);
  return text;
}

/** All requests of a conversation go to the instance that answered the first. */
function askOneInstance(endpoint: McpEndpoint): Ask {
  let chosen: string | undefined;
  return askWhere(endpoint, (instance) => (chosen ??= instance) === instance, 'the same instance');
}

function askAnotherInstance(endpoint: McpEndpoint): Ask {
  let last: string | undefined;
  return askWhere(endpoint, (instance) => {
    if (instance === last) return false;
    last = instance;
    return true;
  }, 'another instance than the one before');
}

/** Sends on fresh connections until a wanted instance has answered: which one does is the front end's choice. */
function askWhere(endpoint: McpEndpoint, isWanted: (instance: string) => boolean, wanted: string): Ask {
  return async (request, { era, sessionId }) => {
    for (let attempt = 0; attempt < LIMITS.attemptsForAnotherInstance; attempt += 1) {
      const answer = await endpoint.send(request, { era, sessionId });
      if (answer.instance !== undefined && isWanted(answer.instance)) return answer;
    }
    throw new StuckError(`${request.method} was sent ${LIMITS.attemptsForAnotherInstance} times and not answered by ${wanted}. Is client affinity on?`);
  };
}

import { isDeepStrictEqual } from 'node:util';
import type { Measurement } from './requests.ts';
import { ASKED_TOPIC, lookUp, TRIVIAL_TOOL } from './trivialTool.ts';

/**
 * Judges the body of an answer to a measurement: the right fact, as text and as structured content, or a list with the tool in it.
 * @returns what is wrong with it; undefined when it is right
 */
export function problemOfAnswer(measurement: Measurement, body: string): string | undefined {
  const message = parseMessage(body);
  if (message === undefined) return 'it is not a JSON object, nor an event stream with one message';
  if (message['id'] !== 1) return `its id is ${JSON.stringify(message['id'])}; asked was 1`;
  const result = message['result'];
  if (!isRecord(result)) return 'it has no result';
  return measurement.startsWith('tools/call') ? problemOfCall(result) : problemOfList(result);
}

function problemOfCall(result: Record<string, unknown>): string | undefined {
  const expected = lookUp(ASKED_TOPIC);
  if (!isDeepStrictEqual(result['structuredContent'], expected)) return 'its structured content is not the fact that was asked for';
  const [content] = Array.isArray(result['content']) ? (result['content'] as unknown[]) : [];
  const text = isRecord(content) ? content['text'] : undefined;
  if (typeof text !== 'string' || !isDeepStrictEqual(parseRecord(text), expected)) return 'its text is not the fact that was asked for';
  return undefined;
}

function problemOfList(result: Record<string, unknown>): string | undefined {
  const tools = Array.isArray(result['tools']) ? (result['tools'] as unknown[]) : [];
  const tool = tools.filter(isRecord).find(({ name }) => name === TRIVIAL_TOOL.name);
  if (!tool) return `it does not list the tool ${TRIVIAL_TOOL.name}`;
  return isRecord(tool['inputSchema']) && isRecord(tool['outputSchema']) ? undefined : `the tool ${TRIVIAL_TOOL.name} is listed without its schemas`;
}

/** The JSON-RPC message of a body: the body itself, or the data of the only event of a stream. */
function parseMessage(body: string): Record<string, unknown> | undefined {
  return parseRecord(/^data: ?(\{.*)$/m.exec(body)?.[1] ?? body);
}

function parseRecord(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { shortInstanceId } from './controlClient.ts';

/** One answered tool call. */
export interface ToolCall {
  readonly tool: string;
  /** What the tool answered, in one line. */
  readonly answer: string;
  /** Short form of the instance that served the call. */
  readonly instance: string;
}

/** Name and arguments of the calls that show a deployment works. */
const CALLS: readonly { readonly name: string; readonly arguments: Record<string, unknown> }[] = [
  { name: 'whoami', arguments: {} },
  { name: 'lookup_fact', arguments: { topic: 'stateless' } },
  { name: 'compute_primes', arguments: { limit: 1000 } },
];

/**
 * Calls each tool through the front end with the official MCP client.
 * Every call is a request of its own; the answer's header names the worker that gave it.
 * @param url MCP endpoint
 * @param token access token that the endpoint accepts
 */
export async function callTools(url: string, token: string): Promise<ToolCall[]> {
  let servedBy = '';
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers: { authorization: `Bearer ${token}` } },
    fetch: async (input, init) => {
      const response = await fetch(input, init);
      servedBy = response.headers.get('x-instance-id') ?? '';
      return response;
    },
  });
  const client = new Client({ name: 'mcp-app-service-up', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } });
  await client.connect(transport);
  try {
    const calls: ToolCall[] = [];
    for (const call of CALLS) {
      const result = await client.callTool(call);
      const text = result.content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join(' ').replaceAll(/\s+/g, ' ');
      calls.push({ tool: call.name, answer: `${result.isError === true ? 'error: ' : ''}${text}`, instance: shortInstanceId(servedBy) });
    }
    return calls;
  } finally {
    await client.close();
  }
}

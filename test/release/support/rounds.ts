import { z } from 'zod';

const answerSchema = z.object({ result: z.object({ requestState: z.string().optional(), structuredContent: z.object({ meeting: z.string() }).optional() }) });

/** What the tool of `support/meeting` has been told so far, as a client carries it. */
export type Round = z.output<typeof answerSchema>['result'];

/**
 * One round of the tool that asks back twice, on a connection that the platform chooses.
 * @param given the state of the round before, and the answer to what it asked
 * @throws Error with status and text of an answer that is none
 */
export async function arrangeMeeting(url: string, token: string, given?: { readonly state: string | undefined; readonly answer: readonly ['day' | 'hour', string] }): Promise<Round> {
  const [name = '', text = ''] = given?.answer ?? [];
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'arrange_meeting' },
    body: JSON.stringify({
      jsonrpc: '2.0', id: 1, method: 'tools/call',
      params: {
        name: 'arrange_meeting', arguments: {}, ...(given ? { requestState: given.state, inputResponses: { [name]: { action: 'accept', content: { text } } } } : {}),
        _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {} } } },
      },
    }),
  });
  const body = await response.text();
  const answer = answerSchema.safeParse(JSON.parse(/^data: (\{.*)$/m.exec(body)?.[1] ?? body));
  if (!answer.success) throw new Error(`arrange_meeting answered ${response.status}: ${body}`);
  return answer.data.result;
}

import { inputRequired } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { defineTool } from '../../../../../app/tools/defineTool.ts';

const common = {
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  limits: { timeoutMs: 5_000, callsPerMinute: 6_000_000 }, egress: [], owner: 'tests', lifecycle: { stage: 'experimental' },
} as const;

/** Tells its progress: what streams is served by another part of the server. */
export const streamed = defineTool({
  ...common, name: 'streamed', title: 'Streamed', description: 'Answers after it has told how far it is.', input: z.strictObject({}), output: z.strictObject({ done: z.boolean() }), interaction: 'streaming',
  handler: async () => ({
    run(_args, { exchange }) {
      exchange.progress({ progress: 1, total: 2 });
      return { done: true };
    },
  }),
});

let calls = 0;
/** Keeps in the process what a later request gets to see. */
export const counter = defineTool({
  ...common, name: 'counter', title: 'Counter', description: 'Counts its own calls in the memory of one process.', input: z.strictObject({}), output: z.strictObject({ calls: z.int() }),
  handler: async () => ({ run: () => ({ calls: (calls += 1) }) }),
});

/** Asks back, and finds in the state of the request that it has asked: on whichever instance. */
export const confirm = defineTool({
  ...common, name: 'confirm', title: 'Confirm', description: 'Asks whether to go on, and tells what was answered.', input: z.strictObject({}), output: z.strictObject({ text: z.string() }), interaction: 'asking',
  handler: async () => ({
    async run(_args, { exchange }) {
      if (exchange.state === 'asked') return { text: `answered: ${JSON.stringify(exchange.inputResponses)}` };
      const ok = inputRequired.elicit({ message: 'Go on?', requestedSchema: { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'] } });
      return inputRequired({ inputRequests: { ok }, requestState: await exchange.sealState('asked') });
    },
  }),
});

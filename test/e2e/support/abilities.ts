import type { Client } from '@modelcontextprotocol/client';

/** What a caller sees, and what it can do, each tried. */
export interface Abilities {
  readonly sees: { readonly tools: readonly string[]; readonly resources: boolean; readonly templates: readonly string[]; readonly prompts: readonly string[] };
  readonly calls: readonly string[];
  readonly reads: boolean;
  readonly prompts: boolean;
  readonly completes: boolean;
}

const ARGUMENTS: Readonly<Record<string, Record<string, unknown>>> = {
  check_fact_source: { topic: 'stateless' },
  compute_primes: { limit: 100 },
  lookup_fact: { topic: 'stateless' },
  report_change: { callId: '00000000-0000-8000-8000-000000000000', type: 'other', reference: 'none' },
  whoami: {},
};

/** Tries all that the server offers. @throws what is not the refusal of a caller without the role */
export async function tryEverything(client: Client): Promise<Abilities> {
  const calls: string[] = [];
  for (const [name, args] of Object.entries(ARGUMENTS)) if (await succeeds(() => client.callTool({ name, arguments: args }))) calls.push(name);
  return {
    sees: {
      tools: (await client.listTools()).tools.map(({ name }) => name),
      resources: (await client.listResources()).resources.length > 0,
      templates: (await client.listResourceTemplates()).resourceTemplates.map(({ uriTemplate }) => uriTemplate),
      prompts: (await client.listPrompts()).prompts.map(({ name }) => name),
    },
    calls,
    reads: await succeeds(() => client.readResource({ uri: 'fact://stateless' })),
    prompts: await succeeds(() => client.getPrompt({ name: 'explain_fact', arguments: { topic: 'stateless' } })),
    completes: await succeeds(() => client.complete({ ref: { type: 'ref/prompt', name: 'explain_fact' }, argument: { name: 'topic', value: 's' } })),
  };
}

async function succeeds(attempt: () => Promise<unknown>): Promise<boolean> {
  try {
    await attempt();
    return true;
  } catch (error) {
    if (/MCP_ROLE_MISSING/.test((error as Error).message)) return false;
    throw error;
  }
}

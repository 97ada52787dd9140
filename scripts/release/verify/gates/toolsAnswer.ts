import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { Gate } from '../../gate.ts';
import type { OfferedTool } from '../../lock/offeredTools.ts';
import { LIMITS } from '../limits.ts';
import { VERSIONS, type Era } from '../mcp/endpoint.ts';
import { listTools } from '../mcp/listTools.ts';
import { smokeCallOf } from '../smokeCall.ts';
import type { SlotUnderTest } from '../slotUnderTest.ts';

/** What became of a tool in one protocol version. */
export interface ToolOutcome {
  readonly tool: string;
  readonly version: string;
  readonly end:
    | 'answered'
    /** An error that a tool may have when what it reaches outside does not answer: it ran, and said so. */
    | 'error-outside'
    /** A tool that asks its caller back, in the version in which that takes a session. */
    | 'asks-back'
    /** An error of a tool that hangs on nothing outside, or no valid answer at all. */
    | 'failed'
    | 'not-called'
    | 'no-example';
  readonly text: string;
}

export interface ToolsSeen {
  readonly outcomes: readonly ToolOutcome[];
  /** Tools of the checkout that the slot does not offer, and the other way round: told, since what is verified is what is deployed. */
  readonly notOffered: readonly string[];
  readonly notDeclared: readonly string[];
  /** A protocol version in which no conversation came about, with the reason. */
  readonly unreachable: readonly { readonly version: string; readonly reason: string }[];
}

/** Every tool that may be called has answered in both protocol versions. */
export function judgeTools({ outcomes, notOffered, notDeclared, unreachable }: ToolsSeen): Gate {
  const bad = outcomes.filter(({ end }) => end === 'failed' || end === 'no-example');
  const called = outcomes.filter(({ end }) => end !== 'not-called' && end !== 'no-example');
  const answered = called.filter(({ end }) => end !== 'failed');
  const told = (ends: readonly ToolOutcome['end'][], words: string): string[] => [...new Set(outcomes.filter(({ end }) => ends.includes(end)).map(({ tool, text }) => `${tool} ${words}: ${text}`))];
  return {
    name: 'tools-answer',
    measured: `${answered.length} of ${called.length} calls in ${new Set(outcomes.map(({ version }) => version)).size} versions`,
    limit: 'all tools that only read',
    pass: bad.length === 0 && unreachable.length === 0 && called.length > 0,
    details: [
      ...unreachable.map(({ version, reason }) => `No conversation in ${version}: ${reason}`),
      ...outcomes.filter(({ end }) => end === 'failed').map(({ tool, version, text }) => `${tool} failed in ${version}: ${text}`),
      ...told(['no-example'], 'was not called'),
      ...told(['not-called'], 'was not called'),
      ...told(['asks-back'], `asks its caller back, which ${VERSIONS.legacy} has in a session alone`),
      ...told(['error-outside'], 'answered with an error, which may be of a host that it reaches'),
      ...(notOffered.length === 0 ? [] : [`This checkout declares, and the slot does not offer: ${notOffered.join(', ')}`]),
      ...(notDeclared.length === 0 ? [] : [`The slot offers, and this checkout does not declare: ${notDeclared.join(', ')}`]),
      ...(called.length === 0 ? ['No tool could be called: nothing shows that calls work.'] : []),
    ],
  };
}

/** @param declared names of the tools that the checkout serves */
export function toolsAnswer(declared: readonly string[]): (slot: SlotUnderTest) => Promise<Gate> {
  return async ({ endpoint, token, update }) => {
    const offered = await listTools(endpoint);
    const outcomes: ToolOutcome[] = [];
    const asking = new Set<string>();
    const unreachable: { version: string; reason: string }[] = [];
    for (const era of ['modern', 'legacy'] as const) {
      const version = VERSIONS[era];
      update(version);
      await callEach({ url: endpoint.url, token, era, tools: offered, outcomes, asking }).catch((error: unknown) => unreachable.push({ version, reason: (error as Error).message }));
    }
    const names = offered.map(({ name }) => name);
    return judgeTools({ outcomes, unreachable, notOffered: declared.filter((name) => !names.includes(name)), notDeclared: names.filter((name) => !declared.includes(name)) });
  };
}

interface Calls {
  readonly url: string;
  readonly token: string;
  readonly era: Era;
  readonly tools: readonly OfferedTool[];
  /** What became of each is added. */
  readonly outcomes: ToolOutcome[];
  /** Tools that have asked their caller back. */
  readonly asking: Set<string>;
}

/** By the official client, which holds results against the schemas of the list, and declines what a tool asks back. */
async function callEach({ url, token, era, tools, outcomes, asking }: Calls): Promise<void> {
  const version = VERSIONS[era];
  const client = new Client({ name: 'mcp-app-service-release', version: '1.0.0' }, { capabilities: { elicitation: { form: {} } }, versionNegotiation: { mode: era === 'modern' ? { pin: version } : 'legacy' } });
  let called = '';
  client.setRequestHandler('elicitation/create', async () => {
    asking.add(called);
    return { action: 'decline' };
  });
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers: { authorization: `Bearer ${token}` } } }));
  try {
    await client.listTools();
    for (const tool of tools) {
      called = tool.name;
      const outcome = await callOne(client, tool);
      outcomes.push({ tool: tool.name, version, ...outcome, end: outcome.end === 'failed' && era === 'legacy' && asking.has(tool.name) ? 'asks-back' : outcome.end });
    }
  } finally {
    await client.close();
  }
}

async function callOne(client: Client, tool: OfferedTool): Promise<Pick<ToolOutcome, 'end' | 'text'>> {
  const call = smokeCallOf(tool);
  if (call.kind !== 'call') return { end: call.kind, text: call.reason };
  try {
    const { isError, content } = await client.callTool({ name: tool.name, arguments: { ...call.arguments } }, { timeout: LIMITS.answerTimeoutMs });
    const text = content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join(' ').replaceAll(/\s+/g, ' ').slice(0, 300);
    if (isError !== true) return { end: 'answered', text };
    return { end: call.isOpenWorld ? 'error-outside' : 'failed', text };
  } catch (error) {
    return { end: 'failed', text: (error as Error).message };
  }
}

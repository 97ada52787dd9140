import { z } from 'zod';
import { offeredToolSchema, type OfferedTool } from '../../lock/offeredTools.ts';
import { CommandError } from '../../../commandError.ts';
import { resultOf, type McpEndpoint } from './endpoint.ts';

const pageSchema = z.looseObject({ tools: z.array(offeredToolSchema), nextCursor: z.string().optional() });
/** More pages than any catalogue has: a server that always names a next one is not to be asked for ever. */
const MAX_PAGES = 100;

/** All tools that a slot offers, by name. @throws CommandError RELEASE_ANSWER_UNEXPECTED */
export async function listTools(endpoint: McpEndpoint): Promise<readonly OfferedTool[]> {
  const tools: OfferedTool[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const answer = await endpoint.send({ method: 'tools/list', params: cursor === undefined ? {} : { cursor } }, { era: 'modern' });
    const parsed = pageSchema.safeParse(resultOf('tools/list', answer));
    if (!parsed.success) throw new CommandError('RELEASE_ANSWER_UNEXPECTED', `tools/list was answered by something else than a list of tools: ${z.prettifyError(parsed.error)}`);
    tools.push(...parsed.data.tools);
    cursor = parsed.data.nextCursor;
    if (cursor === undefined) return tools.sort((left, right) => (left.name < right.name ? -1 : 1));
  }
  throw new CommandError('RELEASE_ANSWER_UNEXPECTED', `tools/list named a next page ${MAX_PAGES} times.`);
}

import { inputRequired } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { ToolContext } from '../../../../app/tools/toolContext.ts';
import type { input, output } from './tool.ts';

const accepted = z.object({ action: z.literal('accept'), content: z.object({ text: z.string() }) });
/** Who does not answer is not asked again: a question without end would keep a client in its rounds. */
const refused = z.object({ action: z.enum(['decline', 'cancel']) });
const stateSchema = z.object({ day: z.string() });

export async function run(_args: z.output<typeof input>, { exchange }: Pick<ToolContext, 'exchange'>): Promise<z.input<typeof output> | ReturnType<typeof inputRequired>> {
  const answerTo = (name: string): string | undefined => accepted.safeParse(exchange.inputResponses?.[name]).data?.content.text;
  const ask = async (name: string, state: unknown) => inputRequired({
    inputRequests: { [name]: inputRequired.elicit({ message: `Which ${name}?`, requestedSchema: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] } }) },
    requestState: await exchange.sealState(state),
  });
  if (Object.values(exchange.inputResponses ?? {}).some((response) => refused.safeParse(response).success)) return { meeting: 'none' };
  const state = stateSchema.safeParse(exchange.state);
  const [day, hour] = [answerTo('day'), answerTo('hour')];
  if (state.success && hour !== undefined) return { meeting: `${state.data.day}, ${hour}` };
  if (exchange.state === 'asked' && day !== undefined) return ask('hour', { day });
  return ask('day', 'asked');
}

import type { z } from 'zod';
import type { ToolContext } from '../toolContext.ts';
import { ToolError } from '../toolError.ts';
import type { input, output } from './tool.ts';

/** @throws ToolError for a call of somebody else, and when the record does not take it */
export async function run({ callId, type, reference, url }: z.output<typeof input>, context: Pick<ToolContext, 'reportChange'>): Promise<z.input<typeof output>> {
  switch (await context.reportChange(callId, { type, reference, url })) {
    case 'recorded':
      return { callId, recorded: true };
    case 'not_yours':
      throw new ToolError(`${callId} is not the id of a call of yours. Send the value of _meta "mcp-app-service/callId" of a result that you were given.`);
    case 'unavailable':
      throw new ToolError('The record does not take changes at the moment. Try again in a minute; reporting a change twice does no harm.');
  }
}

import { isInputRequiredResult, ProtocolError, ProtocolErrorCode, type GetPromptResult, type InputRequiredResult } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Prompt } from '../prompts/index.ts';
import type { Exchange } from '../tools/toolContext.ts';

/**
 * Renders a prompt from arguments that are checked first.
 * @throws ProtocolError -32602 for arguments that the prompt does not take. Source: Model Context Protocol 2026-07-28, server/prompts.
 */
export async function renderPrompt(prompt: Prompt, givenArguments: unknown, exchange: Exchange): Promise<GetPromptResult | InputRequiredResult> {
  const args = prompt.arguments.safeParse(givenArguments ?? {});
  if (!args.success) {
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, `Invalid arguments for prompt ${prompt.name}:\n${z.prettifyError(args.error)}`);
  }
  const rendered = await prompt.render(args.data, exchange);
  if (prompt.interaction === 'asking' && isInputRequiredResult(rendered)) return rendered;
  return { description: prompt.description, messages: rendered as GetPromptResult['messages'] };
}

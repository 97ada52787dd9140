import type { GetPromptResult } from '@modelcontextprotocol/server';
import type { z } from 'zod';
import type { Access } from '../access/decideAccess.ts';
import type { InputRequired } from '../tools/defineTool.ts';
import type { Exchange } from '../tools/toolContext.ts';

type PromptArguments = z.ZodObject<Record<string, z.ZodType<string | undefined, string | undefined>>>;

/** A prompt. Source: Model Context Protocol 2026-07-28, server/prompts. */
export interface PromptDeclaration<Arguments extends PromptArguments> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Strings, each with a description; the protocol has no other arguments. */
  readonly arguments: Arguments;
  readonly access: Access;
  /** `asking`: the prompt may ask the client for input first. `none` when absent. */
  readonly interaction?: 'none' | 'asking';
  readonly render: (args: z.output<Arguments>, exchange: Exchange) => GetPromptResult['messages'] | InputRequired | Promise<GetPromptResult['messages'] | InputRequired>;
  /** Values of an argument that begin with what was typed. */
  readonly complete?: Readonly<Record<string, (typed: string) => readonly string[]>>;
}

/** A declared prompt as the rest of the program sees it. */
export interface Prompt {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly arguments: PromptArguments;
  readonly access: Access;
  readonly interaction: 'none' | 'asking';
  readonly render: (args: Record<string, string | undefined>, exchange: Exchange) => unknown;
  readonly complete: Readonly<Record<string, (typed: string) => readonly string[]>>;
}

/** Declares a prompt. */
export function definePrompt<Arguments extends PromptArguments>(declaration: PromptDeclaration<Arguments>): Prompt {
  return {
    ...declaration,
    interaction: declaration.interaction ?? 'none',
    complete: declaration.complete ?? {},
    // The arguments are parsed with the schema before `render` sees them, which is what makes the narrower parameter type true.
    render: declaration.render as Prompt['render'],
  };
}

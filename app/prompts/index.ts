import type { Prompt } from './definePrompt.ts';
import { explainFact } from './explain-fact/prompt.ts';

export type { Prompt } from './definePrompt.ts';

/** Every prompt of the server, in a fixed order. */
export const prompts: readonly Prompt[] = [explainFact];

import type { z } from 'zod';
import { findFact } from './facts.ts';
import type { input, output } from './tool.ts';

/** @throws ToolError for an unknown topic, with the list of topics */
export function run({ topic: written }: z.output<typeof input>): z.input<typeof output> {
  const { topic, fact, source } = findFact(written);
  return { topic, fact, source };
}

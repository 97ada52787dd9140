import type { z } from 'zod';
import { ToolError } from '../toolError.ts';
import { facts } from './facts.ts';
import type { input, output } from './tool.ts';

/** @throws ToolError for an unknown topic, with the list of topics */
export function run({ topic }: z.output<typeof input>): z.input<typeof output> {
  const key = topic.trim().toLowerCase().replaceAll(/[\s_-]+/g, ' ');
  const found = facts.get(key);
  if (!found) throw new ToolError(`No fact is known about ${JSON.stringify(topic)}. Known topics: ${[...facts.keys()].join(', ')}.`);
  return { topic: key, ...found };
}

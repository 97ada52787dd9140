import type { z } from 'zod';
import { findFact } from '../lookup-fact/facts.ts';
import type { ToolContext } from '../toolContext.ts';
import type { input, output } from './tool.ts';

/** @throws ToolError for an unknown topic; EgressError when the page cannot be asked */
export async function run({ topic: written }: z.output<typeof input>, { fetch }: Pick<ToolContext, 'fetch'>): Promise<z.input<typeof output>> {
  const { topic, url } = findFact(written);
  const startedAtMs = performance.now();
  // GET, as a reader asks: some sites refuse HEAD.
  const response = await fetch(url);
  const durationMs = Math.round(performance.now() - startedAtMs);
  await response.body?.cancel();
  return { topic, url, answers: response.ok, status: response.status, finalUrl: response.url, durationMs };
}

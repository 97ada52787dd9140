/**
 * Where a tool's worker is. The package holds it as `workers/<tool>.mjs` beside the folder of this module (infra/package/workers.ts);
 * run from sources, it is the TypeScript file of the tool.
 */
export function workerFile(tool: string): URL {
  const fromSources = import.meta.url.endsWith('.ts');
  return new URL(fromSources ? `../tools/${tool}/worker.ts` : `../workers/${tool}.mjs`, import.meta.url);
}

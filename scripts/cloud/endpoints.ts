import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { LocalFolders } from './folders.ts';

/** What the local Azure writes about itself while it runs. */
const endpointsSchema = z.object({
  pid: z.number().int().positive(),
  startedAt: z.string(),
  tenantId: z.string(),
  subscriptionId: z.string(),
  authorityFile: z.string(),
  urls: z.object({
    arm: z.string(),
    entra: z.string(),
    graph: z.string(),
    storage: z.string(),
    monitor: z.string(),
    control: z.string(),
  }),
  controlKey: z.string(),
  providerPorts: z.record(z.string(), z.number()),
  operator: z.object({ clientId: z.string(), clientSecret: z.string() }),
});

export type Endpoints = z.infer<typeof endpointsSchema>;

/** How long a running local Azure may take to say that it is there. */
const ANSWER_TIMEOUT_MS = 5_000;

/** The endpoints of the running local Azure; undefined when none runs. */
export async function findEndpoints(folders: LocalFolders): Promise<Endpoints | undefined> {
  const file = endpointsFile(folders);
  if (!existsSync(file)) return undefined;
  const parsed = endpointsSchema.safeParse(readJson(file));
  return parsed.success && (await answers(parsed.data)) ? parsed.data : undefined;
}

/** Whether the last local Azure here ended without removing its endpoints, as a killed one does. Asked when none answers. */
export function wasCutOff(folders: LocalFolders): boolean {
  return existsSync(endpointsFile(folders));
}

function endpointsFile(folders: LocalFolders): string {
  return join(folders.azure, 'endpoints.json');
}

/** A file outlives a killed process, and its port may belong to another program now: only the right key is answered. */
async function answers({ urls, controlKey }: Endpoints): Promise<boolean> {
  try {
    const response = await fetch(`${urls.control}/alive`, { headers: { authorization: `Bearer ${controlKey}` }, signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
    return response.ok;
  } catch {
    return false;
  }
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

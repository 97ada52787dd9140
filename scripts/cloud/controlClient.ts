import { z } from 'zod';
import { CommandError } from '../commandError.ts';
import type { Endpoints } from './endpoints.ts';

const instanceSchema = z.looseObject({
  id: z.string(),
  pid: z.number().nullish(),
  state: z.string(),
});
const siteSchema = z.looseObject({
  site: z.string(),
  /** Absent for the production slot. */
  slot: z.string().optional(),
  url: z.string(),
  status: z.string(),
  message: z.string().optional(),
  packageDigest: z.string().nullish(),
  instances: z.array(instanceSchema),
});
const statusSchema = z.looseObject({
  sites: z.array(siteSchema),
  resources: z.record(z.string(), z.number()),
  damage: z.array(z.looseObject({ file: z.string(), keptAs: z.string(), startsWith: z.string(), reason: z.string() })),
});
export type CloudStatus = z.infer<typeof statusSchema>;

/** An instance as people are shown it: the first digits of its id tell it from the others. */
export interface ShownInstance {
  readonly id: string;
  readonly state: string;
}

/** The form in which instance ids are shown. */
export function shortInstanceId(id: string): string {
  return id.slice(0, 8);
}

/** The instances that serve the production slot of a site. */
export function productionInstances(status: CloudStatus, siteName: string): ShownInstance[] {
  const production = status.sites.find(({ site, slot }) => site === siteName && slot === undefined);
  return (production?.instances ?? []).map(({ id, state }) => ({ id: shortInstanceId(id), state }));
}

/** What the commands ask of the running local Azure. */
export interface ControlClient {
  status(): Promise<CloudStatus>;
  issueToken(request: { applicationClientId: string; as: 'user' | 'app' | 'agent'; tools?: string[] | undefined }): Promise<{ accessToken: string; expiresOn: string }>;
  /** @returns which slots of the site do not serve after the time, with the reason */
  waitUntilServing(site: string, timeoutMs: number): Promise<string[]>;
  /** @returns the id of what a create with these inputs made, where there is such a resource */
  locate(type: string, inputs: unknown): Promise<string | undefined>;
  stop(): Promise<void>;
}

/** @param endpoints of the running local Azure */
export function createControlClient(endpoints: Endpoints): ControlClient {
  const send = async (method: 'GET' | 'POST', path: string, body?: unknown): Promise<unknown> => {
    let response: Response;
    try {
      response = await fetch(endpoints.urls.control + path, {
        method,
        headers: { authorization: `Bearer ${endpoints.controlKey}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (error) {
      throw new CommandError('LOCAL_AZURE_UNREACHABLE', `The local Azure (process ${endpoints.pid}) does not answer: ${(error as Error).message}. Stop it with "npm run down" and start it with "npm run up".`);
    }
    const answer = (await response.json()) as { error?: { code: string; message: string } };
    if (!response.ok) throw new CommandError(answer.error?.code ?? 'LOCAL_AZURE_FAILED', answer.error?.message ?? `The local Azure answered ${response.status}.`);
    return answer;
  };
  return {
    status: async () => statusSchema.parse(await send('GET', '/status')),
    issueToken: async (request) => z.object({ accessToken: z.string(), expiresOn: z.string() }).parse(await send('POST', '/tokens', request)),
    waitUntilServing: async (site, timeoutMs) => z.object({ waiting: z.array(z.string()) }).parse(await send('POST', '/wait', { site, timeoutMs })).waiting,
    locate: async (type, inputs) => z.object({ id: z.string().nullable() }).parse(await send('POST', '/locate', { type, inputs })).id ?? undefined,
    stop: async () => {
      await send('POST', '/stop');
    },
  };
}

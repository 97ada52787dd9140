import type { Agent } from 'node:https';
import type { InstanceReport } from '../../../../local/appservice/index.ts';
import { call, createSlotsWorld, keepAliveAgent, type World } from '../world.ts';

export type SlotsWorld = Awaited<ReturnType<typeof createSlotsWorld>>;

export const TO_PRODUCTION = { targetSlot: 'production', preserveVnet: true };

export async function withSlots(capacity: number, options: Parameters<typeof createSlotsWorld>[1], act: (world: SlotsWorld) => Promise<void>): Promise<void> {
  const world = await createSlotsWorld(capacity, options);
  try {
    await act(world);
  } finally {
    await world.close();
  }
}

/** Begins a swap of staging into production. @returns path of its status */
export async function beginSwap(world: SlotsWorld, body = TO_PRODUCTION): Promise<string> {
  const answer = await world.act(world.slotId, 'slotsswap', body) as { statusPath: string };
  return answer.statusPath;
}

export function isOver(world: World, statusPath: string): boolean {
  const [, siteId = '', operationId = ''] = /^(.*)\/operationresults\/(.*)$/.exec(statusPath) ?? [];
  const read = world.arm.resolve(siteId)?.row.behaviour?.reads?.['operationresults/{operationId}'];
  const resource = world.arm.get(siteId);
  if (!read || !resource) throw new Error(`nothing to ask at ${statusPath}`);
  // Still under way, it answers with a path to ask again.
  return !('statusPath' in (read(resource, { operationId }) as object));
}

/** Waits for the end of a swap. @throws AzureError what it failed with */
export async function ended(world: World, statusPath: string): Promise<void> {
  while (!isOver(world, statusPath)) await new Promise((resolve) => setTimeout(resolve, 20));
}

export async function swap(world: SlotsWorld): Promise<void> {
  await ended(world, await beginSwap(world));
}

export function instancesOf(world: World, id: string): readonly InstanceReport[] {
  return world.service.describe().find((report) => report.id === id)?.instances ?? [];
}

export async function envOf(world: World, id: string): Promise<Record<string, string>> {
  return (await call(world, '/env', { siteId: id })).json<{ env: Record<string, string> }>().env;
}

export async function settingsOf(world: World, id: string): Promise<Record<string, string>> {
  return (await world.act(`${id}/config/appsettings`, 'list') as unknown as { properties: Record<string, string> }).properties;
}

export interface LoadReport {
  /** Answers by status and version, `200 old`. */
  readonly answers: Map<string, number>;
  readonly failures: string[];
}

/** Calls production without a pause over kept connections, half of it by POST with a body, until it is told to stop. */
export function startLoad(world: World, clients: number, path = '/'): { readonly total: () => number; stop(): Promise<LoadReport> } {
  const answers = new Map<string, number>();
  const failures: string[] = [];
  const agents: Agent[] = Array.from({ length: clients }, () => keepAliveAgent(world));
  let stopped = false;
  let total = 0;
  const work = agents.map(async (agent, client) => {
    for (let turn = client; !stopped; turn++) {
      try {
        const answer = await call(world, path, turn % 2 === 0 ? { agent } : { agent, method: 'POST', body: 'x'.repeat(100) });
        const { version } = answer.json<{ version: string }>();
        const key = `${answer.status} ${version}`;
        answers.set(key, (answers.get(key) ?? 0) + 1);
      } catch (error) {
        failures.push(String(error));
      }
      total++;
    }
  });
  return {
    total: () => total,
    async stop() {
      stopped = true;
      await Promise.all(work);
      for (const agent of agents) agent.destroy();
      return { answers, failures };
    },
  };
}

import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { Gate } from '../../gate.ts';
import { shortDigest } from '../../package.ts';
import { send } from '../http.ts';
import { LIMITS } from '../limits.ts';
import type { SlotUnderTest } from '../slotUnderTest.ts';

/** What `/ready` tells a verified caller. A test holds it and the server together. */
const readySchema = z.looseObject({
  status: z.string(),
  instance: z.string(),
  packageDigest: z.string().optional(),
  version: z.string().optional(),
  checks: z.array(z.looseObject({ name: z.string(), status: z.string(), detail: z.string().optional() })).default([]),
});

/** What one instance said last. */
export interface InstanceAnswer {
  readonly isReady: boolean;
  readonly packageDigest: string | undefined;
  readonly version: string | undefined;
  /** Names of the checks that failed, with their details. */
  readonly failed: readonly string[];
}

export interface InstancesSeen {
  /** As ARM lists them. */
  readonly listed: readonly string[];
  /** By the id that each gave of itself. */
  readonly answers: ReadonlyMap<string, InstanceAnswer>;
  /** The package that the slot is set to run. */
  readonly expectedDigest: string | undefined;
  /** Answers that name no instance: of a front end that reached none, or of a server that does not know the token. */
  readonly unnamed: readonly string[];
}

/** Every instance is ready and runs the one package that the slot is set to. */
export function judgeInstances({ listed, answers, expectedDigest, unnamed }: InstancesSeen): Gate {
  const problemOf = (id: string): string | undefined => {
    const answer = answers.get(id);
    if (!answer) return `${short(id)} has not answered`;
    if (!answer.isReady) return `${short(id)} is not ready: ${answer.failed.join('; ') || 'it does not say why'}`;
    if (answer.packageDigest === undefined) return `${short(id)} does not say which package it runs`;
    if (expectedDigest !== undefined && answer.packageDigest !== expectedDigest) return `${short(id)} runs package ${shortDigest(answer.packageDigest)}, the slot is set to ${shortDigest(expectedDigest)}: it has not restarted since`;
    return undefined;
  };
  // An instance that came by scaling out while the gate ran is judged as the others.
  const ids = [...new Set([...listed, ...answers.keys()])].sort();
  const problems = ids.flatMap((id) => problemOf(id) ?? []);
  const digests = [...new Set(ids.flatMap((id) => answers.get(id)?.packageDigest ?? []))];
  if (digests.length > 1) problems.push(`the instances run ${digests.length} different packages: ${digests.map(shortDigest).join(', ')}`);
  if (listed.length === 0) problems.push('Azure lists no instance of the slot');
  return {
    name: 'instances-healthy',
    measured: `${ids.length - ids.filter((id) => problemOf(id) !== undefined).length} of ${ids.length} ready, ${digests.length === 1 ? `package ${shortDigest(digests[0])}` : `${digests.length} packages`}`,
    limit: 'all ready, one package',
    pass: problems.length === 0,
    details: [...problems, ...(problems.length > 0 ? [...new Set(unnamed)] : [])],
  };
}

/** The digest that all instances that answered agree on. */
export function commonDigest({ answers }: Pick<InstancesSeen, 'answers'>): string | undefined {
  const digests = new Set([...answers.values()].map(({ packageDigest }) => packageDigest));
  return digests.size === 1 ? [...digests][0] : undefined;
}

/**
 * Asks `/ready` through the front end, each time on a connection of its own, until every listed instance has said that it is ready.
 * Affinity is off: which instance answers is the front end's choice, and the answer names it.
 */
export async function askInstances({ site, slot, endpoint, token, update }: Pick<SlotUnderTest, 'site' | 'slot' | 'endpoint' | 'token' | 'update'>, { readyTimeoutMs = LIMITS.readyTimeoutMs }: { readonly readyTimeoutMs?: number } = {}): Promise<InstancesSeen> {
  const [listed, packages] = await Promise.all([site.instances(slot), site.packages()]);
  const answers = new Map<string, InstanceAnswer>();
  const unnamed: string[] = [];
  const readyUrl = new URL('/ready', endpoint.url).href;
  const leastAttempts = attemptsFor(listed.length);
  const deadlineMs = performance.now() + readyTimeoutMs;
  const isDone = (): boolean => listed.length > 0 && listed.every((id) => answers.get(id)?.isReady === true);
  for (let attempt = 0; !isDone() && performance.now() < deadlineMs; attempt += 1) {
    const seen = await askOnce(readyUrl, token);
    if ('problem' in seen) unnamed.push(seen.problem);
    else answers.set(seen.instance, seen);
    update(`${[...answers.values()].filter(({ isReady }) => isReady).length} of ${listed.length} ready`);
    // Until chance has had its turn there is nothing to wait for.
    if (!isDone() && (attempt >= leastAttempts || 'problem' in seen)) await delay(LIMITS.readyPauseMs);
  }
  return { listed, answers, unnamed, expectedDigest: packages[slot]?.digest };
}

async function askOnce(readyUrl: string, token: string): Promise<(InstanceAnswer & { readonly instance: string }) | { readonly problem: string }> {
  try {
    const { status, text } = await send(readyUrl, { method: 'GET', headers: { authorization: `Bearer ${token}`, accept: 'application/json' } });
    const parsed = readySchema.safeParse(parseJson(text));
    if (!parsed.success) return { problem: `HTTP ${status} came without the name of an instance` };
    const { instance, packageDigest, version, checks } = parsed.data;
    return { instance, packageDigest, version, isReady: status === 200, failed: checks.filter((check) => check.status !== 'ok').map(({ name, detail }) => (detail === undefined ? name : `${name}: ${detail}`)) };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

/**
 * Requests after which a front end that chooses at random has missed one of so many instances once in a million times.
 * By the union bound over instances: count · (1 − 1/count)^requests ≤ 10⁻⁶.
 */
export function attemptsFor(count: number): number {
  return count <= 1 ? 1 : Math.ceil(Math.log(1e-6 / count) / Math.log(1 - 1 / count));
}

function short(id: string): string {
  return id.slice(0, 8);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

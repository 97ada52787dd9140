import { z } from 'zod';
import { HEALTH_PATH } from '../../../infra/names.ts';
import type { Gate } from '../gate.ts';
import { shortDigest } from '../package.ts';

const REQUEST_TIMEOUT_MS = 10_000;
const PAUSE_MS = 250;

const healthSchema = z.looseObject({ status: z.string(), packageDigest: z.string().optional(), instance: z.string().optional() });

export interface HealthQuestion {
  /** Any URL of the slot. */
  readonly url: string;
  /** SHA-256 of the package that each instance is to run. */
  readonly digest: string;
  /** Ids of the instances that are to answer. */
  readonly instances: readonly string[];
  readonly timeoutMs: number;
  readonly onWait: (text: string) => void;
}

/**
 * Asks a slot for its health until each instance has said that it runs the package, or the time is over. `/health` has named instance and package from the first version on: what a
 * rollback brings back may be older than what the gates of a verification ask for.
 */
export async function checkHealth({ url, digest, instances, timeoutMs, onWait }: HealthQuestion): Promise<Gate> {
  const seen = new Map<string, string>();
  const others = new Set<string>();
  const healthUrl = new URL(HEALTH_PATH, url);
  const deadline = Date.now() + timeoutMs;
  const missing = (): string[] => instances.filter((id) => seen.get(id) !== digest);
  while (missing().length > 0 && Date.now() < deadline) {
    const answer = await ask(healthUrl);
    if (typeof answer === 'string') others.add(answer);
    else seen.set(answer.instance ?? '', answer.packageDigest ?? '');
    if (typeof answer === 'string' || answer.packageDigest !== digest) {
      onWait(typeof answer === 'string' ? answer : `an instance runs ${shortDigest(answer.packageDigest)}`);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
  const left = missing();
  return {
    name: 'instances-serve-package',
    measured: instances.length - left.length,
    limit: instances.length,
    pass: instances.length > 0 && left.length === 0,
    details: left.length === 0 ? [] : [
      ...left.map((id) => `${id.slice(0, 8)}: ${seen.has(id) ? `runs ${shortDigest(seen.get(id))}` : 'has not answered'}`),
      ...others,
      `${healthUrl.href} was asked for ${Math.round(timeoutMs / 1_000)} s for package ${shortDigest(digest)}. The log of the slot says why it does not start.`,
    ],
  };
}

/** @returns what was wrong, when there is no healthy answer */
async function ask(url: URL): Promise<z.output<typeof healthSchema> | string> {
  try {
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
    if (response.status !== 200) {
      await response.body?.cancel();
      return `answered ${response.status}`;
    }
    return healthSchema.parse(await response.json());
  } catch (error) {
    const { cause, message } = error as { cause?: { code?: string }; message: string };
    return `did not answer: ${cause?.code ?? message}`;
  }
}

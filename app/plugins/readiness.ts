import type { FastifyInstance, FastifyRequest } from 'fastify';

/** One dependency without which calls fail. */
export interface ReadinessCheck {
  readonly name: string;
  /**
   * @returns a detail for an operator, if there is one
   * @throws when the dependency cannot be used; the message is for an operator
   */
  readonly check: () => string | undefined | void | Promise<void>;
}

export interface ReadinessOptions {
  readonly checks: readonly ReadinessCheck[];
  /** Whether the request carries an access token that is accepted: others learn the status alone. */
  readonly isVerified: (request: FastifyRequest) => Promise<boolean>;
  /** What else verified callers learn of this process. Nothing secret. */
  readonly describe: () => Readonly<Record<string, unknown>>;
}

/** `/ready`: whether this process can serve calls, with 200 or 503. Slot warm-up and load balancers ask it; the platform's health check asks /health. */
export function registerReadiness(app: FastifyInstance, { checks, isVerified, describe }: ReadinessOptions): void {
  let draining = false;
  app.addHook('preClose', async () => {
    draining = true;
  });
  app.get('/ready', async (request, reply) => {
    const results = await Promise.all([...checks, { name: 'draining', check: () => refuseWhen(draining, 'the process is ending') }].map(resultOf));
    const ready = results.every((result) => result.status === 'ok');
    reply.code(ready ? 200 : 503).header('cache-control', 'no-store');
    return { status: ready ? 'ready' : 'not ready', ...((await isVerified(request)) ? { checks: results, ...describe() } : {}) };
  });
}

/** @throws Error with the reason */
export function refuseWhen(condition: boolean, reason: string): void {
  if (condition) throw new Error(reason);
}

async function resultOf({ name, check }: ReadinessCheck): Promise<{ name: string; status: 'ok' | 'failed'; detail?: string }> {
  try {
    const detail = await check();
    return { name, status: 'ok', ...(detail === undefined ? {} : { detail }) };
  } catch (error) {
    return { name, status: 'failed', detail: error instanceof Error ? error.message : String(error) };
  }
}

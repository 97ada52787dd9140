import underPressure from '@fastify/under-pressure';
import type { FastifyInstance } from 'fastify';
import { AppError } from '../errors.ts';
import { LIMITS } from '../limits.ts';

export interface OverloadLimits {
  readonly concurrentRequests: number;
  readonly maxEventLoopDelayMs: number;
}

export interface Overload {
  /** Whether the next request would be told to come back. */
  isShedding(): boolean;
}

/**
 * Sheds requests to a scope before anything is spent on them: when too many are being worked on, or the event loop is late. Health is
 * registered outside of the scope and stays green: an instance that is taken out of rotation for its load moves the load to the others.
 */
export async function registerOverload(scope: FastifyInstance, limits: OverloadLimits = LIMITS): Promise<Overload> {
  let running = 0;
  const shed = (): AppError => new AppError('MCP_OVERLOADED', { headers: { 'retry-after': String(LIMITS.retryAfterSeconds) } });
  scope.addHook('onRequest', (_request, reply, done) => {
    if (running >= limits.concurrentRequests) return done(shed());
    running += 1;
    // 'close' comes once for every response, also when the caller goes away before there is one.
    reply.raw.once('close', () => {
      running -= 1;
    });
    done();
  });
  await scope.register(underPressure, {
    maxEventLoopDelay: limits.maxEventLoopDelayMs,
    pressureHandler: () => {
      throw shed();
    },
  });
  return { isShedding: () => running >= limits.concurrentRequests || scope.isUnderPressure() };
}

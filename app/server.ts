import { ConfigError, readConfig, type Config } from './config.ts';
import { LIMITS } from './limits.ts';
import { startTelemetry, type RunningTelemetry } from './telemetry/start.ts';
import { closeWorkerPools } from './workers/workerPool.ts';
import type { App } from './app.ts';

/** Starts the server: configuration, telemetry, and only then Fastify, which is not instrumented when it is loaded before. */
async function start(): Promise<void> {
  const config = readConfig();
  const telemetry = await startTelemetry(config);
  const { buildApp } = await import('./app.ts');
  const app = buildApp(config, telemetry ? { telemetry: telemetry.requests } : {});
  endOnSignals(app, config, telemetry);
  if (!telemetry) app.http.log.info('telemetry is off: APPLICATIONINSIGHTS_CONNECTION_STRING is not set');
  await app.http.listen({ host: config.listen.host, port: config.listen.port, listenTextResolver: (address) => `listening on ${address}` });
}

function endOnSignals(app: App, config: Config, telemetry: RunningTelemetry | undefined): void {
  let ending = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (ending) return;
      ending = true;
      void end(app, config, telemetry, signal);
    });
  }
}

/** Takes no new calls, lets those in flight end within the drain time, hands over telemetry, and ends the process. */
async function end({ http, endCalls, abortCalls }: App, config: Config, telemetry: RunningTelemetry | undefined, signal: string): Promise<void> {
  http.log.info({ signal, drainTimeoutMs: config.drainTimeoutMs }, 'draining');
  const closed = http.close().then(() => true);
  const drained = await Promise.race([closed, delay(config.drainTimeoutMs).then(() => false)]);
  if (!drained) {
    http.log.warn('calls still in flight after the drain time are ended');
    endCalls();
    await Promise.race([closed, delay(LIMITS.finalAnswersTimeoutMs)]);
    await abortCalls();
    http.server.closeAllConnections();
  }
  await closeWorkerPools();
  await telemetry?.flush(LIMITS.telemetryFlushTimeoutMs);
  http.log.info({ drained }, 'ended');
  process.exit(0);
}

function delay(durationMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, durationMs).unref();
  });
}

try {
  await start();
} catch (error) {
  const message = error instanceof ConfigError ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

import { ConfigError, readConfig, type Config } from './config.ts';
import { withdrawSecrets } from './identity/withdrawSecrets.ts';
import { LIMITS } from './limits.ts';
import { createAuditMetrics } from './telemetry/auditMetrics.ts';
import { startTelemetry, type RunningTelemetry } from './telemetry/start.ts';
import { closeWorkerPools } from './workers/workerPool.ts';
import type { App, Dependencies } from './app.ts';

/** Starts the server: configuration, telemetry, and only then Fastify, which is not instrumented when it is loaded before. */
async function start(): Promise<void> {
  const config = readConfig();
  withdrawSecrets(process.env);
  const telemetry = await startTelemetry(config);
  const { buildApp } = await import('./app.ts');
  const app = buildApp(config, {
    ...(telemetry ? { telemetry: telemetry.requests } : {}),
    ...(await stateOf(config)),
  });
  if (app.auditHealth) telemetry?.watch(createAuditMetrics(app.auditHealth));
  endOnSignals(app, config, telemetry);
  if (!config.audit) app.http.log.warn('no record of calls is kept: MCP_STATE_BLOB_URL is not set');
  if (!telemetry) app.http.log.info('telemetry is off: APPLICATIONINSIGHTS_CONNECTION_STRING is not set');
  await app.http.listen({ host: config.listen.host, port: config.listen.port, listenTextResolver: (address) => `listening on ${address}` });
}

/** What takes the state account; loaded only where there is one. */
async function stateOf({ audit, instance, site }: Config): Promise<Pick<Dependencies, 'startAudit' | 'startDenyList'>> {
  if (!audit) return {};
  const [{ createAuditParts, startAudit }, { tools }, { createDenyList, createListReader }, { createManagedIdentity, tokensOf }] =
    await Promise.all([import('./audit/start.ts'), import('./tools/index.ts'), import('./access/denyList.ts'), import('./identity/managedIdentity.ts')]);
  const getToken = tokensOf(createManagedIdentity(audit.identityClientId));
  const read = createListReader({ blobUrl: audit.blobUrl, getToken, fetch, timeoutMs: LIMITS.auditRequestTimeoutMs });
  return {
    startAudit: (log) => startAudit({ config: { audit, instance }, site, tools, log, parts: createAuditParts(audit, getToken) }),
    startDenyList: (log) => createDenyList({ read, intervalMs: LIMITS.denyListIntervalMs, now: Date.now, log }),
  };
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
async function end({ http, endCalls, abortCalls, closeAudit }: App, config: Config, telemetry: RunningTelemetry | undefined, signal: string): Promise<void> {
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
  await Promise.race([closeAudit(), delay(LIMITS.auditCloseTimeoutMs)]);
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

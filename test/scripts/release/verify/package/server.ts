import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { buildApp } from '../../../../../app/app.ts';
import { readConfig } from '../../../../../app/config.ts';
import { tools } from '../../../../../app/tools/index.ts';
import { confirm, counter, streamed } from './tools.ts';

/** The shipped server with what a test can have go wrong. `FIXTURE_FAULTS` names a file: JSON of instance ids, each with what is wrong there. */
const { FIXTURE_FAULTS, FIXTURE_DELAY_MS = '0', FIXTURE_COUNTER, WEBSITE_INSTANCE_ID = '' } = process.env;
const config = readConfig();
// This package has no worker threads of its own.
const app = buildApp(config, { tools: [...tools.filter(({ name }) => name !== 'compute_primes'), confirm, streamed, ...(FIXTURE_COUNTER === undefined ? [] : [counter])] });
const faultHere = (): string | undefined => {
  try {
    return (JSON.parse(readFileSync(FIXTURE_FAULTS ?? '', 'utf8')) as Record<string, string>)[WEBSITE_INSTANCE_ID];
  } catch {
    return undefined;
  }
};
app.http.addHook('onRequest', async ({ url }) => {
  if (url === '/mcp') await delay(Number(FIXTURE_DELAY_MS));
});
app.http.addHook('onSend', async ({ url }, reply, payload) => {
  const fault = url === '/ready' ? faultHere() : undefined;
  if (fault === undefined) return payload;
  const body = JSON.parse(String(payload)) as object;
  if (fault === 'unready') reply.code(503);
  return JSON.stringify({ ...body, ...(fault === 'unready' ? { status: 'not ready', checks: [{ name: 'database', status: 'failed', detail: 'it does not answer' }] } : { packageDigest: '0'.repeat(64) }) });
});
process.on('SIGTERM', () => {
  void app.http.close().then(() => process.exit(0));
});
await app.http.listen({ host: config.listen.host, port: config.listen.port });

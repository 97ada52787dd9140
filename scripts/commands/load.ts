import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseOptions, parseStack } from '../arguments.ts';
import { createControlClient, productionInstances } from '../cloud/controlClient.ts';
import { requireLocalCloud } from '../cloud/localCloud.ts';
import { requireStackOutputs } from '../cloud/stackOutputs.ts';
import { CommandError } from '../commandError.ts';
import { readSummary, type LoadResult } from '../load/readSummary.ts';
import { formatTable } from '../table.ts';
import { ensureK6, ensurePulumi } from '../toolchain/index.ts';
import { foldersOf, openPulumi, progressOf, type CommandContext } from './commandContext.ts';

const MAX_VUS = 64;
const MAX_DURATION_S = 300;
const script = fileURLToPath(new URL('../load/whoami.k6.js', import.meta.url));

/** `npm run load`: calls the tool whoami on the local stack with k6, and tells latency and spread over the instances. */
export async function load(context: CommandContext): Promise<number> {
  const options = parseOptions('load', context.argv, { stack: { type: 'string' }, vus: { type: 'string' }, 'duration-s': { type: 'string' }, json: { type: 'boolean' } });
  const stack = parseStack(options.stack);
  const vus = wholeNumber('vus', options.vus ?? '8', MAX_VUS);
  const durationS = wholeNumber('duration-s', options['duration-s'] ?? '10', MAX_DURATION_S);
  const progress = progressOf(context);
  const endpoints = await requireLocalCloud(foldersOf(context));
  const { k6 } = await ensureK6({ env: context.env, progress });
  const { pulumi, environment } = openPulumi(context, await ensurePulumi({ env: context.env, progress }), endpoints, stack);
  const outputs = await requireStackOutputs(pulumi, stack);
  const control = createControlClient(endpoints);
  const { accessToken } = await control.issueToken({ applicationClientId: outputs.entraClientId, as: 'app', tools: ['whoami'] });
  const instances = productionInstances(await control.status(), outputs.siteName);
  const summary = await progress.step(`Load on ${outputs.mcpUrl}: ${vus} callers for ${durationS} s`, () => runK6(k6, {
    ...context.env,
    ...environment,
    MCP_URL: outputs.mcpUrl,
    MCP_TOKEN: accessToken,
    MCP_INSTANCES: instances.map(({ id }) => id).join(','),
    MCP_VUS: String(vus),
    MCP_DURATION_S: String(durationS),
  }));
  const result = readSummary(summary);
  context.stdout.write(options.json ? `${JSON.stringify(result)}\n` : format(result));
  return result.failed > 0 ? 1 : 0;
}

function wholeNumber(name: string, given: string, maximum: number): number {
  const value = Number(given);
  if (!/^\d+$/.test(given) || value < 1 || value > maximum) throw new CommandError('BAD_ARGUMENT', `--${name} was given "${given}". Allowed: a whole number from 1 to ${maximum}.`, 2);
  return value;
}

function runK6(k6: string, env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) => {
    // No usage report leaves this machine.
    const child = spawn(k6, ['run', '--quiet', '--no-usage-report', script], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => { out += text; });
    child.stderr.setEncoding('utf8').on('data', (text: string) => { errors += text; });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(out);
      else reject(new CommandError('LOAD_FAILED', `k6 ended with exit code ${code ?? 'none'}:\n${errors.trim()}`));
    });
  });
}

function format(result: LoadResult): string {
  const { latencyMs, spread } = result;
  return `${formatTable([
    ['Calls', `${result.calls} (${result.callsPerSecond}/s), ${result.failed} failed`],
    ['Latency', `median ${latencyMs.median} ms, p95 ${latencyMs.p95} ms, p99 ${latencyMs.p99} ms`],
    ...Object.entries(spread).map(([instance, count]) => [`Instance ${instance}`, String(count)]),
  ])}\n`;
}

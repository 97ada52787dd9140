import { ensurePulumi } from '../toolchain/index.ts';
import { parseOptions, parseStack } from '../arguments.ts';
import { openLocalRecord, type OpenRecord } from '../audit/openRecord.ts';
import { takeSnapshot } from '../audit/snapshots/takeSnapshot.ts';
import { callTools, type ToolCall } from '../cloud/callTools.ts';
import { createControlClient, productionInstances, type CloudStatus, type ShownInstance } from '../cloud/controlClient.ts';
import { ensureLocalCloud } from '../cloud/localCloud.ts';
import { trustAuthority } from '../cloud/localCredential.ts';
import { readyLocalStack } from '../cloud/readyLocalStack.ts';
import { stackConfigPath } from '../cloud/stackConfig.ts';
import { requireStackOutputs } from '../cloud/stackOutputs.ts';
import { updateStack, updateTitle } from '../cloud/updateStack.ts';
import { CommandError } from '../commandError.ts';
import { packageOfName, shortDigest } from '../release/package.ts';
import { readPin } from '../release/pin.ts';
import { formatTable } from '../table.ts';
import { foldersOf, openPulumi, progressOf, type CommandContext } from './commandContext.ts';

/** Time in which a fresh deployment has to answer. */
const SERVING_TIMEOUT_MS = 120_000;

export interface UpResult {
  readonly stack: string;
  readonly changed: boolean;
  readonly changes: string;
  readonly mcpUrl: string;
  readonly mcpStagingUrl: string;
  readonly instances: readonly ShownInstance[];
  readonly calls: readonly ToolCall[];
  readonly notices: readonly string[];
}

/**
 * `npm run up`: toolchain, local Azure, `pulumi up` with the policy pack, whose verdict is kept as evidence, a call of each tool.
 * Safe to cut off anywhere and to repeat: each step first looks at what stands.
 */
export async function up(context: CommandContext): Promise<number> {
  const options = parseOptions('up', context.argv, { stack: { type: 'string' }, json: { type: 'boolean' } });
  const stack = parseStack(options.stack);
  const progress = progressOf(context);
  const folders = foldersOf(context);

  const toolchain = await ensurePulumi({ env: context.env, progress });
  const { endpoints, started } = await progress.step({ running: 'Starting Azure on loopback', done: 'Azure on loopback' }, () => ensureLocalCloud(folders));
  const control = createControlClient(endpoints);
  const { pulumi } = openPulumi(context, toolchain, endpoints, stack);
  await readyLocalStack({ folders, pulumi, control, stack, progress });
  const { summary } = await progress.step(updateTitle(stack), (update) => updateStack({ pulumi, stack, folders }, update));
  const outputs = await requireStackOutputs(pulumi, stack);
  await progress.step({ running: 'Waiting for the instances', done: 'All instances answer' }, async () => {
    const waiting = await control.waitUntilServing(outputs.siteName, SERVING_TIMEOUT_MS);
    if (waiting.length > 0) throw new CommandError('SITE_NOT_SERVING', `The deployment is done, and not every slot serves it.\n${waiting.map((line) => `  ${line}`).join('\n')}\nMend the cause and run the command again; "npm run status" shows the instances.`);
  });
  trustAuthority(endpoints.authorityFile);
  const calls = await progress.step({ running: 'Calling the tools through the front end', done: 'The tools answer through the front end' }, async () => {
    const { accessToken } = await control.issueToken({ applicationClientId: outputs.entraClientId, as: 'user' });
    return callTools(outputs.mcpUrl, accessToken);
  });
  // After the calls, for which the local user is assigned roles: what is kept is what holds from now on.
  const unrecorded = await progress.step<string | undefined>({ running: 'Recording who may call', done: (problem) => (problem === undefined ? 'Who may call is recorded' : undefined) }, (update) => recordAccess(openLocalRecord(endpoints, outputs), outputs.entraClientId, stack, update));
  const status = await control.status();
  const result: UpResult = {
    stack,
    changed: summary.changed,
    changes: summary.text,
    mcpUrl: outputs.mcpUrl,
    mcpStagingUrl: outputs.mcpStagingUrl,
    instances: productionInstances(status, outputs.siteName),
    calls,
    notices: [...(started ? status.damage.map(describeDamage) : []), ...(unrecorded === undefined ? [] : [unrecorded]), ...describePin(readPin(stackConfigPath(folders, stack)), stack)],
  };
  context.stdout.write(options.json ? `${JSON.stringify(result)}\n` : formatResult(result));
  return 0;
}

/**
 * Takes a snapshot of who may call. The deployment is done by then, and a snapshot can be taken at any time: without one the update has not failed.
 * @returns what to tell when there is none
 */
async function recordAccess(record: OpenRecord, clientId: string, stack: string, update: (text: string) => void): Promise<string | undefined> {
  try {
    await takeSnapshot(record, clientId, update);
    return undefined;
  } catch (error) {
    const { code, message } = error as { code?: unknown; message: string };
    return `Who may call after this update is not recorded${typeof code === 'string' ? `, ${code}` : ''}: ${message} Then: npm run audit -- snapshot --stack ${stack}`;
  }
}

/** After a promotion a build does not reach the staging slot by an update alone. */
function describePin(pin: string | undefined, stack: string): string[] {
  return pin === undefined ? [] : [`The staging slot is pinned to package ${shortDigest(packageOfName(pin)?.digest)}, as the last promotion or rollback left it. A build comes there by: npm run release -- deploy${stack === 'staging' ? '' : ` --stack ${stack}`}`];
}

function describeDamage(report: CloudStatus['damage'][number]): string {
  return `The state file ${report.file} could not be read. It is kept as ${report.keptAs}; the local Azure went on with ${report.startsWith === 'nothing' ? 'an empty one' : 'the version before it'}. "pulumi refresh" shows what differs from the stack.`;
}

function formatResult(result: UpResult): string {
  const rows = [
    ['Stack', `${result.stack}: ${result.changes}`],
    ['Production slot', result.mcpUrl],
    ['Staging slot', result.mcpStagingUrl],
    ['Instances', result.instances.map(({ id, state }) => `${id} ${state}`).join(', ')],
    ['Token', `npm run --silent token${result.stack === 'staging' ? '' : ` -- --stack ${result.stack}`}`],
    ['Shell', `eval "$(npm run -s env${result.stack === 'staging' ? '' : ` -- --stack ${result.stack}`})", then plain pulumi, curl and the Azure SDKs`],
    ['Next', 'npm run status, npm run down; npm run up -- --stack prod puts the second stack beside the first'],
  ];
  const calls = [['Tool', 'Instance', 'Answer'], ...result.calls.map(({ tool, instance, answer }) => [tool, instance, answer.length > 90 ? `${answer.slice(0, 89)}…` : answer])];
  const notices = result.notices.map((notice) => `Notice: ${notice}\n`).join('');
  return `\n${formatTable(rows)}\n\n${formatTable(calls)}\n${notices === '' ? '' : `\n${notices}`}`;
}

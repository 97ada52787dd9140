import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseActionOptions, type Run } from '../../actions.ts';
import { projectDir } from '../../cloud/folders.ts';
import { ensureLocalCloud } from '../../cloud/localCloud.ts';
import { readyLocalStack } from '../../cloud/readyLocalStack.ts';
import { stackConfigPath } from '../../cloud/stackConfig.ts';
import { readStackOutputs } from '../../cloud/stackOutputs.ts';
import { updateStack, updateTitle, type StackUpdate } from '../../cloud/updateStack.ts';
import { foldersOf, progressOf, type CommandContext } from '../../commands/commandContext.ts';
import { nameOfCommit, readCheckout, type Checkout } from '../checkout.ts';
import { conduct } from '../conduct.ts';
import type { Gate } from '../gate.ts';
import { openParts } from '../openParts.ts';
import { openCloud, openLocalAzure, targetOf, type OpenCloud, type TargetAddress } from '../openTarget.ts';
import { shortDigest } from '../package.ts';
import { withPin, writePin } from '../pin.ts';
import { addressOf, RELEASE_OPTIONS } from '../releaseOptions.ts';
import { GateStop } from '../session.ts';
import { showPlan, showResult } from '../show.ts';
import { deployCandidate, type Deployed } from '../steps/deploy.ts';

/** `npm run release -- deploy`: builds, updates the stack with the policy pack, and leaves the build as a candidate in the staging slot. Production goes on as it is. */
export const deploy: Run = async (context, argv) => {
  const options = parseActionOptions(argv, RELEASE_OPTIONS);
  const address = addressOf(options);
  const checkout = await readCheckout(projectDir);
  const gates = [cleanGate(checkout, address)];
  if (options['dry-run'] === true) return plan(context, options.json === true, address, gates);
  if (gates.some(({ pass }) => !pass)) throw new GateStop('preconditions', gates);
  const cloud = await openForUpdate(context, address);
  // The first update makes the account in which log and lock lie; there is no production yet that could be changed.
  const deployedBefore = await readStackOutputs(cloud.pulumi, address.stack);
  const made = deployedBefore ? undefined : await makeStack(context, cloud);
  const outputs = deployedBefore ?? await readStackOutputs(cloud.pulumi, address.stack);
  if (!outputs) throw new Error(`Stack "${address.stack}" is deployed, and its outputs are not those of this program.`);
  const parts = openParts(context, cloud, targetOf(cloud, outputs));
  let deployed: Deployed | undefined;
  const commit = nameOfCommit(checkout);
  const result = await conduct({ parts, verb: 'deploy', commit }, async (session) => {
    await session.note('preconditions', gates);
    deployed = await deployCandidate(session, cloud, commit, { made });
    return { outcome: 'done' };
  });
  return showResult(context, options.json === true, result, {
    json: { ...(deployed && { package: deployed.package, changes: deployed.changes, policy: deployed.policy }), commit },
    rows: [
      ...(deployed ? [['Candidate', `${shortDigest(deployed.package.digest)} of commit ${commit ?? 'none'}: ${deployed.changes}`], ['Policy', `${deployed.policy.verdict} (${deployed.policy.pack})`]] : []),
      ['Next', `npm run release -- promote${address.stack === 'staging' ? '' : ` --stack ${address.stack}`}${address.isAzure ? ' --azure' : ''}`],
    ],
  });
};

/** What is deployed to Azure is a commit. On the local Azure a changed tree may be tried, and is named so. */
function cleanGate({ commit, changed }: Checkout, { isAzure }: TargetAddress): Gate {
  const isClean = commit !== undefined && changed.length === 0;
  return {
    name: 'checkout-is-clean',
    measured: commit === undefined ? 'no commit' : `${changed.length} changed`,
    limit: isAzure ? '0 changed' : 'any, on the local Azure',
    pass: isClean || !isAzure,
    details: isClean || !isAzure ? [] : [`Commit or stash ${changed.slice(0, 5).join(', ') || 'your changes, in a git repository'}: a package has to be told by its commit.`],
  };
}

async function openForUpdate(context: CommandContext, address: TargetAddress): Promise<OpenCloud> {
  if (address.isAzure) return openCloud(context, address);
  const folders = foldersOf(context);
  const progress = progressOf(context);
  const { endpoints } = await progress.step({ running: 'Starting Azure on loopback', done: 'Azure on loopback' }, () => ensureLocalCloud(folders));
  const cloud = await openLocalAzure(context, address.stack, endpoints);
  await cloud.awaitEngine(() => undefined);
  if (cloud.local) await readyLocalStack({ folders, pulumi: cloud.pulumi, control: cloud.local, stack: address.stack, progress });
  return cloud;
}

/** The first update of a stack. A pin in its settings is of another deployment: the slot is to run the build. */
async function makeStack(context: CommandContext, cloud: OpenCloud): Promise<StackUpdate> {
  writePin(cloud.settingsFile, undefined);
  return progressOf(context).step<StackUpdate>(updateTitle(cloud.stack), (update) => updateStack(cloud, update));
}

/** What an update would change, without the pin that it would take away. */
async function plan(context: CommandContext, isJson: boolean, address: TargetAddress, gates: readonly Gate[]): Promise<number> {
  const cloud = await openCloud(context, address);
  const outputs = await readStackOutputs(cloud.pulumi, address.stack);
  const slots = outputs && (await openParts(context, cloud, targetOf(cloud, outputs)).slots.facts()).slots;
  const folder = mkdtempSync(join(tmpdir(), 'mcp-plan-'));
  try {
    const settings = join(folder, `Pulumi.${address.stack}.yaml`);
    writeFileSync(settings, withPin(readFileSync(address.isAzure ? cloud.settingsFile : stackConfigPath(foldersOf(context), address.stack), 'utf8'), undefined), { mode: 0o600 });
    const changes = await progressOf(context).step(`pulumi preview, stack ${address.stack}, with the policy pack`, () =>
      cloud.pulumi.run(['preview', '--config-file', settings, '--stack', address.stack, '--non-interactive', '--color', 'never']));
    return showPlan(context, isJson, { stack: address.stack, verb: 'deploy', slots, gates, changes: countsOf(changes), steps: ['build the package, and update the stack with the policy pack', 'take away the pin of the staging slot', 'see that each instance of staging serves the build, and that production is untouched'] });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function countsOf(printed: string): string {
  const lines = printed.split('\n').map((line) => line.trim());
  const start = lines.lastIndexOf('Resources:');
  const end = lines.indexOf('', start);
  return start < 0 ? 'none' : lines.slice(start + 1, end < 0 ? undefined : end).join(', ');
}

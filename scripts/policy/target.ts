import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { azureCredential } from '../cloud/azureCredential.ts';
import type { StackName } from '../arguments.ts';
import { cloudEnvironment } from '../cloud/environment.ts';
import { projectDir, type LocalFolders } from '../cloud/folders.ts';
import { ensureLocalCloud, stopLocalCloud } from '../cloud/localCloud.ts';
import { localCredential } from '../cloud/localCredential.ts';
import { createPulumiRunner, type PulumiRunner } from '../cloud/pulumi.ts';
import { armUrlOf } from '../cloud/resourceManager.ts';
import { renewStackConfig } from '../cloud/stackConfig.ts';
import { CommandError } from '../commandError.ts';
import { foldersOf, progressOf, type CommandContext } from '../commands/commandContext.ts';
import { isLocalAzure } from '../preflight/target.ts';
import { ensurePulumi, toolchainPath } from '../toolchain/index.ts';
import type { ArmReader } from './live/resourceGroups.ts';

/** Where stacks are judged: on the local Azure, or in a subscription. */
export interface Cloud {
  readonly arm: ArmReader;
  /** The engine, with the settings of the stack and the pack. */
  pulumi(stack: StackName): PulumiRunner;
  /**
   * The engine with a state of its own, in which the stack is made anew: what a stack that is not deployed would be is previewed there, and no trace of it stays.
   * Undefined where that cannot be done.
   */
  readonly withNewStack: (<T>(stack: StackName, work: (pulumi: PulumiRunner) => Promise<T>) => Promise<T>) | undefined;
  /** Leaves everything as it was found. */
  close(): Promise<void>;
}

/** The local Azure, started when it does not run, and stopped again then. */
export async function openLocal(context: CommandContext): Promise<Cloud> {
  const folders = foldersOf(context);
  const progress = progressOf(context);
  const toolchain = await ensurePulumi({ env: context.env, progress });
  const { endpoints, started } = await progress.step({ running: 'Looking for Azure on loopback', done: ({ started: isNew }) => (isNew ? 'Azure on loopback, started for this report' : undefined) }, () => ensureLocalCloud(folders));
  const environment = (stack: StackName) => cloudEnvironment(folders, endpoints, stack, toolchainPath(context.env, toolchain));
  return {
    arm: { url: endpoints.urls.arm, credential: localCredential(endpoints) },
    pulumi: (stack) => createPulumiRunner(toolchain.pulumi, environment(stack)),
    withNewStack: (stack, work) => withNewStack(folders, (backend) => createPulumiRunner(toolchain.pulumi, { ...environment(stack), ...backend }), stack, work),
    close: async () => { if (started) await stopLocalCloud(folders); },
  };
}

/**
 * The subscription and the state that the shell is signed in to (`az login`, `pulumi login`).
 * @throws CommandError POLICY_LOCAL_SHELL
 */
export async function openSubscription(context: CommandContext): Promise<Cloud> {
  if (isLocalAzure(context.env)) throw new CommandError('POLICY_LOCAL_SHELL', '--azure was given in a shell that points at the Azure on loopback (AZURE_AUTHORITY_HOST, AZURE_RESOURCE_MANAGER_ENDPOINT). Use a shell without "npm run env", or leave --azure out.', 2);
  const folders = foldersOf(context);
  const toolchain = await ensurePulumi({ env: context.env, progress: progressOf(context) });
  return {
    arm: { url: armUrlOf(context.env), credential: azureCredential(context.env) },
    pulumi: (stack) => createPulumiRunner(toolchain.pulumi, {
      PATH: toolchainPath(context.env, toolchain),
      // A copy: whatever the engine writes into the settings, the tracked file stays as it is.
      PULUMI_OPTION_CONFIG_FILE: renewStackConfig(folders, stack),
      PULUMI_OPTION_POLICY_PACK: join(projectDir, 'policy'),
      PULUMI_OPTION_POLICY_PACK_CONFIG: join(projectDir, 'policy', 'config', `${stack}.json`),
    }),
    // Secrets in the settings of the stack are for its own provider of secrets alone.
    withNewStack: undefined,
    close: async () => undefined,
  };
}

async function withNewStack<T>({ root }: LocalFolders, runner: (backend: Record<string, string>) => PulumiRunner, stack: StackName, work: (pulumi: PulumiRunner) => Promise<T>): Promise<T> {
  mkdirSync(root, { recursive: true, mode: 0o700 });
  const folder = mkdtempSync(join(root, 'preview-'));
  try {
    const backend = join(folder, 'state');
    mkdirSync(backend);
    const pulumi = runner({ PULUMI_BACKEND_URL: `file://${backend}?metadata=skip` });
    await pulumi.run(['stack', 'init', stack, '--no-select']);
    return await work(pulumi);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

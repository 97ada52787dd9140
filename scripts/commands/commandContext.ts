import { createProgress, type Progress } from '../progress.ts';
import { toolchainPath, type PulumiToolchain } from '../toolchain/index.ts';
import { localFolders, type LocalFolders } from '../cloud/folders.ts';
import { cloudEnvironment, type CloudEnvironment } from '../cloud/environment.ts';
import type { Endpoints } from '../cloud/endpoints.ts';
import { createPulumiRunner, type PulumiRunner } from '../cloud/pulumi.ts';
import type { StackName } from '../arguments.ts';

/** What every command is called with. */
export interface CommandContext {
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WriteStream;
}

/** Progress goes to standard error, so that standard output holds the result alone. */
export function progressOf(context: CommandContext): Progress {
  return createProgress({ stream: context.stderr, isTerminal: context.stderr.isTTY === true, env: context.env });
}

export function foldersOf(context: CommandContext): LocalFolders {
  return localFolders(context.env);
}

/** The engine and the environment in which it works against the local Azure. */
export function openPulumi(context: CommandContext, toolchain: PulumiToolchain, endpoints: Endpoints, stack: StackName): { pulumi: PulumiRunner; environment: CloudEnvironment } {
  const environment = cloudEnvironment(foldersOf(context), endpoints, stack, toolchainPath(context.env, toolchain));
  return { pulumi: createPulumiRunner(toolchain.pulumi, environment), environment };
}

import { z } from 'zod';
import { CommandError } from '../commandError.ts';
import type { StackName } from '../arguments.ts';
import type { PulumiRunner } from './pulumi.ts';

/** The outputs of the program that the commands use. */
const outputsSchema = z.looseObject({
  mcpUrl: z.url(),
  mcpStagingUrl: z.url(),
  subscriptionId: z.string(),
  resourceGroupName: z.string(),
  stateResourceGroupName: z.string(),
  siteName: z.string(),
  entraClientId: z.uuid(),
  stateBlobUrl: z.url(),
  auditSigningKeyUrl: z.url(),
  /** Absent in a stack that was last updated by an earlier version. */
  releaseSigningKeyUrl: z.url().optional(),
  packageBlobUrl: z.url(),
  packageDigest: z.string(),
});
export type StackOutputs = z.infer<typeof outputsSchema>;

/** @returns undefined when the stack has not been deployed here */
export async function readStackOutputs(pulumi: PulumiRunner, stack: StackName): Promise<StackOutputs | undefined> {
  const text = await pulumi.run(['stack', 'output', '--json', '--stack', stack]).catch((error: unknown) => {
    if (error instanceof CommandError && /no stack named/.test(error.message)) return '{}';
    throw error;
  });
  const parsed = outputsSchema.safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : undefined;
}

/** @throws CommandError STACK_NOT_DEPLOYED */
export async function requireStackOutputs(pulumi: PulumiRunner, stack: StackName): Promise<StackOutputs> {
  const outputs = await readStackOutputs(pulumi, stack);
  if (!outputs) throw new CommandError('STACK_NOT_DEPLOYED', `Stack "${stack}" is not deployed on the local Azure. Deploy it: npm run up -- --stack ${stack}`);
  return outputs;
}

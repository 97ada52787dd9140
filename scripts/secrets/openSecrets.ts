import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ParseArgsOptionsConfig } from 'node:util';
import type { TokenCredential } from '@azure/identity';
import { SecretClient } from '@azure/keyvault-secrets';
import { z } from 'zod';
import { ArgumentError } from '../actions.ts';
import { parseStack } from '../arguments.ts';
import { azureCredential } from '../cloud/azureCredential.ts';
import { createControlClient } from '../cloud/controlClient.ts';
import { localCredential } from '../cloud/localCredential.ts';
import { requireLocalCloud } from '../cloud/localCloud.ts';
import { armUrlOf } from '../cloud/resourceManager.ts';
import { requireStackOutputs } from '../cloud/stackOutputs.ts';
import { CommandError } from '../commandError.ts';
import { foldersOf, openPulumi, progressOf, type CommandContext } from '../commands/commandContext.ts';
import { ensurePulumi } from '../toolchain/index.ts';
import { siteFleet, type FleetOptions } from './fleet.ts';
import { frontEndProcesses } from './processes.ts';
import type { RotationParts } from './rotate.ts';
import { siteResource, type SiteAddress } from './siteResource.ts';
import { vaultSecret, type VaultSecret } from './vaultSecret.ts';

const KEY_BYTES = 32;
const DEFAULT_TIMEOUT_S = 900;
const PAUSE_MS = 1_000;

/** Options that say which stack is meant, and `--json`. */
export const TARGET_OPTIONS = {
  stack: { type: 'string' }, outputs: { type: 'string' }, subscription: { type: 'string' }, 'timeout-s': { type: 'string' }, json: { type: 'boolean' },
} as const satisfies ParseArgsOptionsConfig;

type Given = { readonly [Name in Exclude<keyof typeof TARGET_OPTIONS, 'json'>]?: string | undefined };

/** Outputs of the stack that a rotation needs. */
const outputsSchema = z.looseObject({
  mcpUrl: z.url(), mcpStagingUrl: z.url(), resourceGroupName: z.string(), siteName: z.string(), entraClientId: z.uuid(), auditSigningKeyUrl: z.url(),
  requestStateKeySource: z.enum(['generated', 'configuration']).optional(),
});
type Outputs = z.infer<typeof outputsSchema>;

/** The secret of a stack and the processes that read it. */
export interface OpenSecrets {
  readonly secret: VaultSecret;
  readonly slots: Pick<FleetOptions, 'site' | 'processes'>;
  /** Who changes the secret; undefined for a stack that an earlier program has deployed. */
  readonly source: 'generated' | 'configuration' | undefined;
  readonly parts: RotationParts;
}

/**
 * Opens the secret of the local stack, or that of a stack in Azure, with the credential of whoever is signed in ("az login", or a managed identity).
 * The processes are asked with a token of MCP_ACCESS_TOKEN where that is set.
 * @throws ArgumentError, CommandError LOCAL_NOT_RUNNING, STACK_NOT_DEPLOYED, SECRETS_BAD_OUTPUTS
 */
export async function openSecrets(context: CommandContext, options: Given): Promise<OpenSecrets> {
  const timeoutMs = timeoutOf(options['timeout-s']);
  if (options.outputs !== undefined) {
    const outputs = readOutputs(options.outputs);
    const subscriptionId = options.subscription ?? context.env['AZURE_SUBSCRIPTION_ID'];
    if (subscriptionId === undefined) throw new ArgumentError('--outputs was given without --subscription, and AZURE_SUBSCRIPTION_ID is not set');
    // Named by the environment for a cloud that Microsoft's public directory does not list, as the Azure SDKs have it.
    const isPublic = context.env['AZURE_RESOURCE_MANAGER_ENDPOINT'] === undefined;
    const credential = azureCredential(context.env, { disableInstanceDiscovery: !isPublic });
    return connect(context, outputs, { armUrl: armUrlOf(context.env), subscriptionId, ...outputs }, {
      credential,
      isPublic,
      mcpToken: async () => context.env['MCP_ACCESS_TOKEN'] ?? mcpTokenOf(credential, outputs.entraClientId),
    }, timeoutMs);
  }
  const stack = parseStack(options.stack);
  const endpoints = await requireLocalCloud(foldersOf(context));
  const { pulumi } = openPulumi(context, await ensurePulumi({ env: context.env, progress: progressOf(context) }), endpoints, stack);
  const outputs = outputsSchema.parse(await requireStackOutputs(pulumi, stack));
  const credential = localCredential(endpoints);
  const control = createControlClient(endpoints);
  const token = control.issueToken({ applicationClientId: outputs.entraClientId, as: 'app', tools: ['whoami'] });
  return connect(context, outputs, { armUrl: endpoints.urls.arm, subscriptionId: endpoints.subscriptionId, ...outputs }, {
    credential,
    isPublic: false,
    mcpToken: async () => (await token).accessToken,
  }, timeoutMs);
}

interface Access {
  readonly credential: TokenCredential;
  /** Whether the vault is one of Azure's public cloud, whose name the client holds against the challenge. */
  readonly isPublic: boolean;
  readonly mcpToken: () => Promise<string>;
}

function connect(context: CommandContext, outputs: Outputs, address: SiteAddress, { credential, isPublic, mcpToken }: Access, timeoutMs: number): OpenSecrets {
  const secret = vaultSecret(new SecretClient(new URL(outputs.auditSigningKeyUrl).origin, credential, { disableChallengeResourceVerification: !isPublic }));
  const slots = { site: siteResource(address, credential), processes: frontEndProcesses({ production: new URL(outputs.mcpUrl).origin, staging: new URL(outputs.mcpStagingUrl).origin }, mcpToken) };
  return {
    secret,
    slots,
    source: outputs.requestStateKeySource,
    parts: {
      store: secret,
      fleet: siteFleet({ ...slots, timeoutMs, pauseMs: PAUSE_MS }),
      newKey: () => randomBytes(KEY_BYTES).toString('base64url'),
      step: progressOf(context).step,
    },
  };
}

/** @throws CommandError SECRETS_NO_TOKEN */
async function mcpTokenOf(credential: TokenCredential, entraClientId: string): Promise<string> {
  try {
    return (await credential.getToken(`${entraClientId}/.default`))?.token ?? '';
  } catch (error) {
    const [reason = ''] = (error as Error).message.split('\n').filter((line) => /AADSTS|invalid_/.test(line));
    throw new CommandError('SECRETS_NO_TOKEN', `Entra gave no token for the server, to whose callers alone its processes name their keys. ${reason.trim()} Have whoever is signed in assigned a role of one tool, or set MCP_ACCESS_TOKEN to a token of somebody who is (docs/secrets.md).`);
  }
}

/** @throws CommandError SECRETS_BAD_OUTPUTS */
function readOutputs(file: string): Outputs {
  let problem: string;
  try {
    const parsed = outputsSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    if (parsed.success) return parsed.data;
    problem = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  } catch (error) {
    problem = (error as Error).message;
  }
  throw new CommandError('SECRETS_BAD_OUTPUTS', `${file} does not hold the outputs of a stack (${problem}). Write it with "pulumi stack output --json --stack NAME > FILE".`, 2);
}

/** @throws ArgumentError */
function timeoutOf(given: string | undefined): number {
  if (given === undefined) return DEFAULT_TIMEOUT_S * 1_000;
  if (!/^[1-9]\d{0,4}$/.test(given)) throw new ArgumentError(`--timeout-s was given "${given}". Allowed: whole seconds from 1 to 99999`);
  return Number(given) * 1_000;
}

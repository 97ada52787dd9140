import { ClientAssertionCredential, DefaultAzureCredential, type TokenCredential } from '@azure/identity';
import { z } from 'zod';
import { CommandError } from '../commandError.ts';

/** What Entra asks of a federated token. Source: learn.microsoft.com, "Workload identity federation". */
const AUDIENCE = 'api://AzureADTokenExchange';
const ASK_TIMEOUT_MS = 30_000;
const answerSchema = z.object({ value: z.string().min(1) });

/**
 * The credential of whoever runs a command against Azure: of the login that the machine has, by DefaultAzureCredential. In a job of GitHub Actions that may ask for tokens of its own
 * (`permissions: id-token: write`) it asks for a fresh one each time: the one that "azure/login" leaves with the Azure CLI is good for minutes, and a release asks for tokens of further services until its end
 * (AADSTS700024). Source: docs.github.com, "OpenID Connect reference", the variables ACTIONS_ID_TOKEN_REQUEST_….
 * @param env of the process
 * @param options.disableInstanceDiscovery for a cloud that Microsoft's public directory does not list
 * @throws by its getToken CommandError GITHUB_TOKEN_REFUSED
 */
export function azureCredential(env: NodeJS.ProcessEnv, options: { readonly disableInstanceDiscovery?: boolean } = {}): TokenCredential {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token, AZURE_CLIENT_ID: clientId, AZURE_TENANT_ID: tenantId } = env;
  if (!url || !token || !clientId || !tenantId) return new DefaultAzureCredential(options);
  return new ClientAssertionCredential(tenantId, clientId, () => askGitHub(url, token), options);
}

/** @returns a token by which GitHub vouches for the job */
export async function askGitHub(url: string, token: string): Promise<string> {
  const address = new URL(url);
  address.searchParams.set('audience', AUDIENCE);
  const response = await fetch(address, { headers: { authorization: `Bearer ${token}`, accept: 'application/json' }, signal: AbortSignal.timeout(ASK_TIMEOUT_MS) });
  const answer = response.ok ? answerSchema.safeParse(await response.json()) : undefined;
  if (!answer?.success) throw new CommandError('GITHUB_TOKEN_REFUSED', `GitHub gave no token for this job (status ${response.status}). The job needs "permissions: id-token: write", and a pull request of a fork never has it.`);
  return answer.data.value;
}

import { z } from 'zod';
import type { Environment } from '../../toolchain/findOnPath.ts';
import { askJson } from '../answer.ts';
import type { Finding } from '../finding.ts';
import type { Run } from '../run.ts';

const accountSchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  tenantId: z.string(),
  state: z.string().default('Enabled'),
  user: z.looseObject({ name: z.string(), type: z.string() }),
});

/** Who the Azure CLI is logged in as, and for which subscription. */
export interface Account {
  readonly subscriptionId: string;
  readonly tenantId: string;
  /** A person, or an application (service principal or managed identity). */
  readonly kind: 'user' | 'application';
  /** User principal name, or the application's client id. */
  readonly name: string;
}

const required = 'the Azure CLI, logged in, with the subscription to deploy to';

/**
 * The login that the checks use, and that azure-native and azuread use unless variables name another.
 * @param subscriptionId the one that the stack names, if it names one
 */
export async function checkAccount(run: Run, env: Environment, subscriptionId: string | undefined): Promise<{ finding: Finding; account?: Account }> {
  const about = { id: 'azure-login', title: 'Azure login', required };
  const wanted = subscriptionId ?? env['ARM_SUBSCRIPTION_ID'];
  const answer = await askJson(run, 'az', ['account', 'show', ...(wanted === undefined ? [] : ['--subscription', wanted]), '--output', 'json'], accountSchema);
  if (answer.value === undefined) {
    const next = answer.isMissing
      ? 'install the Azure CLI (learn.microsoft.com, "How to install the Azure CLI"), then: az login'
      : `az login${wanted === undefined ? ', then az account set --subscription NAME' : ` (the subscription asked for is ${wanted})`}`;
    return { finding: { ...about, status: 'failed', given: answer.isMissing ? 'there is no "az" on PATH' : answer.problem, next } };
  }
  const { id, name, tenantId, state, user } = answer.value;
  const account: Account = { subscriptionId: id, tenantId, kind: user.type === 'user' ? 'user' : 'application', name: user.name };
  const given = `${user.name} (${user.type}), subscription "${name}" (${id}), tenant ${tenantId}`;
  if (state !== 'Enabled') {
    return { finding: { ...about, status: 'failed', given: `${given}: the subscription is ${state}`, next: 'have the subscription enabled, or choose another: az account set --subscription NAME' }, account };
  }
  const other = otherIdentity(env, account);
  if (other !== undefined) {
    return {
      finding: { ...about, status: 'warning', given: `${given}; but ${other}, so the deployment runs as another identity than the one checked here`, next: 'log the Azure CLI in as that identity (az login --service-principal), or unset the variable' },
      account,
    };
  }
  return { finding: { ...about, status: 'ok', given, next: '' }, account };
}

/** The providers prefer the ARM_… variables over the Azure CLI. Source: pulumi.com, "Azure Native: Installation & Configuration". */
function otherIdentity(env: Environment, account: Account): string | undefined {
  const clientId = env['ARM_CLIENT_ID'];
  return clientId !== undefined && clientId !== '' && clientId !== account.name ? `ARM_CLIENT_ID names ${clientId}` : undefined;
}

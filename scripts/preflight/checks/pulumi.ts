import { z } from 'zod';
import { minimumPulumi } from '../../toolchain/index.ts';
import { isAtLeast, parseVersion } from '../../toolchain/version.ts';
import { askJson, type Answer } from '../answer.ts';
import type { Finding } from '../finding.ts';
import type { Run } from '../run.ts';
import type { Target } from '../target.ts';

const whoamiSchema = z.looseObject({ user: z.string(), url: z.string().default('') });
const exportSchema = z.looseObject({
  deployment: z.looseObject({
    secrets_providers: z.looseObject({ type: z.string(), state: z.looseObject({ url: z.string().optional() }).optional() }).nullish(),
  }),
});

/** The command line, the state backend and the stack with its secrets provider: each needs the one before it. */
export async function checkPulumi(run: Run, target: Target): Promise<Finding[]> {
  const cli = await checkCli(run);
  if (cli.status === 'failed') return [cli, ...['state-backend', 'secrets-provider'].map((id) => blocked(id, 'without the Pulumi CLI it cannot be looked up'))];
  const whoami = await askJson(run, 'pulumi', ['whoami', '--verbose', '--json', '--non-interactive'], whoamiSchema);
  const backend = describeBackend(whoami, target);
  if (whoami.value === undefined) return [cli, backend, blocked('secrets-provider', 'without a state backend it cannot be looked up')];
  const state = await askJson(run, 'pulumi', ['stack', 'export', '--stack', target.stack, '--non-interactive'], exportSchema);
  return [cli, backend, describeSecrets(state, target, whoami.value.url)];
}

const titles: Readonly<Record<string, string>> = { 'state-backend': 'State backend', 'secrets-provider': 'Secrets provider of the stack' };

function blocked(id: string, given: string): Finding {
  return { id, title: titles[id] ?? id, status: 'unknown', given, required: 'the check before this one', next: '' };
}

async function checkCli(run: Run): Promise<Finding> {
  const about = { id: 'pulumi-cli', title: 'Pulumi CLI', required: `"pulumi" ${minimumPulumi} or later on PATH` };
  const { exitCode, isMissing, stdout, stderr } = await run('pulumi', ['version']);
  const install = 'install it (pulumi.com, "Download & install Pulumi"); for the local Azure: eval "$(npm run -s env)"';
  if (exitCode !== 0) return { ...about, status: 'failed', given: isMissing ? 'there is no "pulumi" on PATH' : stderr, next: install };
  const version = parseVersion(stdout);
  const isNew = version !== undefined && isAtLeast(version, minimumPulumi);
  return { ...about, status: isNew ? 'ok' : 'failed', given: version ?? stdout.trim().slice(0, 80), next: isNew ? '' : install };
}

/** Source: pulumi.com, "Managing state & backend options". */
function describeBackend({ value, problem }: Answer<z.infer<typeof whoamiSchema>>, { isLocal }: Target): Finding {
  const about = { id: 'state-backend', title: 'State backend', required: 'Pulumi Cloud or a shared storage with locking, such as azblob://' };
  const login = 'log in: "pulumi login" for Pulumi Cloud, or pulumi login "azblob://CONTAINER?storage_account=ACCOUNT"';
  if (value === undefined) return { ...about, status: 'failed', given: problem ?? '', next: login };
  const given = `${withoutCredentials(value.url) || 'no address given'}, as ${value.user}`;
  if (!value.url.startsWith('file://')) return { ...about, status: 'ok', given, next: '' };
  if (isLocal) return { ...about, status: 'ok', given: `${given} (right for the local Azure)`, next: '' };
  return { ...about, status: 'warning', given: `${given}: state in files of this machine alone, which nobody else can see`, next: login };
}

/** Source: pulumi.com, "Secrets handling", section "Configuring secrets encryption". */
function describeSecrets({ value, problem }: Answer<z.infer<typeof exportSchema>>, { isLocal, stack }: Target, backendUrl: string): Finding {
  const about = { id: 'secrets-provider', title: `Secrets provider of stack "${stack}"`, required: 'a key that people and pipelines are given by role: azurekeyvault://, or Pulumi Cloud\'s own' };
  const create = `pulumi stack select --create ${stack} --secrets-provider "azurekeyvault://VAULT.vault.azure.net/keys/KEY"`;
  const change = `pulumi stack change-secrets-provider --stack ${stack} "azurekeyvault://VAULT.vault.azure.net/keys/KEY"`;
  if (value === undefined) {
    const isAbsent = /no stack named/.test(problem ?? '');
    if (isAbsent && isLocal) return { ...about, status: 'warning', given: 'the stack does not exist yet', next: `npm run up -- --stack ${stack}` };
    return { ...about, status: isAbsent ? 'failed' : 'unknown', given: isAbsent ? `the stack does not exist in ${withoutCredentials(backendUrl)}` : (problem ?? ''), next: isAbsent ? `make it: ${create}` : `see: pulumi stack export --stack ${stack}` };
  }
  const provider = value.deployment.secrets_providers;
  if (!provider) return { ...about, status: 'unknown', given: 'the state names none yet', next: `name one: ${change}` };
  if (provider.type !== 'passphrase') {
    const where = provider.state?.url === undefined ? '' : ` (${withoutCredentials(provider.state.url)})`;
    return { ...about, status: 'ok', given: provider.type === 'service' ? `Pulumi Cloud${where}` : `${provider.type}${where}`, next: '' };
  }
  if (isLocal) return { ...about, status: 'ok', given: 'a passphrase (right for the local Azure)', next: '' };
  return { ...about, status: 'warning', given: 'a passphrase, which has to be handed around and cannot be taken back from one person', next: change };
}

/** An address without user name, password or signature: backends accept a shared access signature as a parameter. */
function withoutCredentials(address: string): string {
  return address.replace(/\/\/[^/@]*@/, '//').replace(/([?&](?:sig|sas|token|key|secret)[^=]*=)[^&]*/gi, '$1***');
}

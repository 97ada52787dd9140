import type { Run, RunOutcome } from '../../../../scripts/preflight/run.ts';

/** What a command answers: JSON, or text with an exit code. */
export type Reply = { readonly json: unknown } | { readonly text: string; readonly exitCode?: number; readonly stderr?: string } | 'missing';

/** Replies by the beginning of the command line; for the lines of `az rest`, by "az rest " and the end of the URL's path. */
export type Replies = Readonly<Record<string, Reply>>;

export const SUBSCRIPTION = '11111111-2222-3333-4444-555555555555';
const OBJECT_ID = '99999999-8888-7777-6666-555555555555';
const role = (guid: string) => `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/${guid}`;
const CONTRIBUTOR = 'b24988ac-6180-42a0-ab88-20f7382dd24c';
const ACCESS_ADMINISTRATOR = '18d7d88d-d35e-4fb5-a5c3-7773c20a72d9';

export const assignment = (guid: string, scope: string, condition: string | null = null) => ({ properties: { roleDefinitionId: role(guid), principalId: OBJECT_ID, scope, condition } });
export const assignmentsOf = (...value: unknown[]): Reply => ({ json: { value } });
const definition = (roleName: string, actions: string[], notActions: string[] = []): Reply => ({ json: { properties: { roleName, type: 'BuiltInRole', permissions: [{ actions, notActions, dataActions: [], notDataActions: [] }] } } });
const subscription = `/subscriptions/${SUBSCRIPTION}`;

/** Recorded answers of the Azure CLI, Microsoft Graph, Pulumi and Node when everything is in order; names and ids are made up. */
export const inOrder: Replies = {
  'node --version': { text: 'v24.21.0\n' },
  'pulumi version': { text: 'v3.245.0\n' },
  'pulumi whoami': { json: { user: 'ada', organizations: ['acme'], url: 'azblob://state?storage_account=acmestate' } },
  'pulumi stack export': { json: { version: 3, deployment: { manifest: {}, secrets_providers: { type: 'cloud', state: { url: 'azurekeyvault://acme.vault.azure.net/keys/pulumi', encryptedkey: 'x' } } } } },
  'az account show': { json: { environmentName: 'AzureCloud', id: SUBSCRIPTION, name: 'Acme production', tenantId: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee', state: 'Enabled', user: { name: 'ada@acme.example', type: 'user' } } },
  'az rest /me?$select=id': { json: { '@odata.context': 'x', id: OBJECT_ID } },
  'az rest /roleAssignments': assignmentsOf(assignment(CONTRIBUTOR, subscription), assignment(ACCESS_ADMINISTRATOR, '/providers/Microsoft.Management/managementGroups/acme')),
  [`az rest /roleDefinitions/${CONTRIBUTOR}`]: definition('Contributor', ['*'], ['Microsoft.Authorization/*/Delete', 'Microsoft.Authorization/*/Write', 'Microsoft.Authorization/elevateAccess/Action']),
  [`az rest /roleDefinitions/${ACCESS_ADMINISTRATOR}`]: definition('User Access Administrator', ['*/read', 'Microsoft.Authorization/*']),
  'az rest /me/transitiveMemberOf': { json: { value: [{ roleTemplateId: '158c047a-c907-4556-b7ef-446551a6b5f7' }] } },
  'az provider list': { json: ['Web', 'KeyVault', 'ManagedIdentity', 'OperationalInsights', 'Insights', 'Network', 'Storage', 'Authorization', 'Compute'].map((name) => ({ namespace: name === 'Insights' ? 'microsoft.insights' : `Microsoft.${name}`, registrationState: 'Registered' })) },
  'az appservice list-locations': { json: [{ name: 'North Europe' }, { name: 'West Europe' }] },
  'az rest /usages': { json: { value: [{ unit: 'Count', currentValue: 2, limit: 10, name: { value: 'P0v3', localizedValue: 'P0v3 VMs' } }], nextLink: null } },
};

export const ids = { contributor: CONTRIBUTOR, accessAdministrator: ACCESS_ADMINISTRATOR, subscription };

/** Runs nothing: answers from the replies, and fails on a command line that has none. */
export function replay(...replies: Replies[]): Run & { readonly lines: string[] } {
  const known = Object.assign({}, ...replies) as Replies;
  const lines: string[] = [];
  const run = async (command: string, args: readonly string[]): Promise<RunOutcome> => {
    const line = describe(command, args);
    lines.push(line);
    const key = Object.keys(known).filter((beginning) => matches(beginning, line)).sort((left, right) => right.length - left.length)[0];
    if (key === undefined) throw new Error(`The test has no answer to: ${line}`);
    const reply = known[key];
    if (reply === undefined || reply === 'missing') return { exitCode: undefined, isMissing: true, stdout: '', stderr: `there is no "${command}" on PATH` };
    if ('json' in reply) return { exitCode: 0, isMissing: false, stdout: JSON.stringify(reply.json), stderr: '' };
    return { exitCode: reply.exitCode ?? 0, isMissing: false, stdout: reply.text, stderr: reply.stderr ?? '' };
  };
  return Object.assign(run, { lines });
}

function describe(command: string, args: readonly string[]): string {
  return `${command.split('/').at(-1)} ${args.join(' ')}`;
}

function matches(key: string, line: string): boolean {
  if (!key.startsWith('az rest ')) return line.startsWith(key);
  const part = key.slice('az rest '.length);
  const url = /--url (\S+)/.exec(line)?.[1] ?? '';
  return line.startsWith('az rest ') && (url.endsWith(part) || new RegExp(`${part.replaceAll(/[.$?()']/g, '\\$&')}\\?`).test(url) || url.includes(`${part}/`));
}

import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { shellPath } from '../../../scripts/preflight/checks/node.ts';
import { preflight, runPreflightCommand, type Finding } from '../../../scripts/preflight/index.ts';
import { createRun } from '../../../scripts/preflight/run.ts';
import { assignment, assignmentsOf, ids, inOrder, replay, SUBSCRIPTION, type Replies, type Reply } from './support/azure.ts';

const IDS = [
  'settings', 'node', 'pulumi-cli', 'state-backend', 'secrets-provider', 'azure-login', 'rights-resources', 'rights-role-assignments',
  'entra-applications', 'entra-app-role-assignments', 'resource-providers', 'region', 'quota',
];
const AZURE_IDS = IDS.slice(5);

describe('preflight', () => {
  let folder: string;
  let env: Record<string, string>;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'preflight-'));
    const bin = join(folder, 'bin');
    await mkdir(bin);
    await writeFile(join(bin, 'node'), '#!/bin/sh\n');
    await chmod(join(bin, 'node'), 0o755);
    env = { PATH: bin };
    await writeFile(join(folder, 'Pulumi.prod.yaml'), 'secretsprovider: azurekeyvault://acme.vault.azure.net/keys/pulumi\nconfig:\n  azure-native:location: westeurope\n  mcp-app-service:instances: "3"\n  mcp-app-service:allowedOrigins: []\n  mcp-app-service:requestStateKey:\n    secure: v1:abc:def\n');
    await writeFile(join(folder, 'Pulumi.staging.yaml'), 'config:\n  azure-native:location: West Europe\n  mcp-app-service:instances: many\n');
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const look = async (replies: Replies = {}, more: Record<string, string> = {}, stack = 'prod') =>
    await preflight({ env: { ...env, ...more }, stack, projectDir: folder, run: replay(inOrder, replies) });
  const one = async (id: string, replies: Replies = {}, more: Record<string, string> = {}): Promise<Finding> => {
    const found = (await look(replies, more)).find((finding) => finding.id === id);
    assert.ok(found, `a finding "${id}"`);
    return found;
  };
  const brief = ({ status, given, next }: Finding) => ({ status, given, next });

  it('finds everything in order, each check once [preflight.checks]', async () => {
    const findings = await look();
    assert.deepEqual(findings.map(({ id }) => id), IDS);
    assert.deepEqual(findings.filter(({ status }) => status !== 'ok'), []);
    assert.deepEqual(findings.filter(({ next }) => next !== ''), []);
  });

  it('says of each finding what is given and what is required', async () => {
    for (const { id, given, required, title } of await look()) assert.ok(given !== '' && required !== '' && title !== '', id);
  });

  describe('settings', () => {
    it('are read as the program reads them', async () => {
      assert.equal((await one('settings')).given, 'Pulumi.prod.yaml: 3 × P0v3 in westeurope');
    });
    it('that the program would refuse are listed, and what depends on them is not guessed', async () => {
      const findings = await look({}, {}, 'staging');
      const settings = findings.find(({ id }) => id === 'settings');
      assert.equal(settings?.status, 'failed');
      assert.match(settings?.given ?? '', /azure-native:location was given "West Europe".*mcp-app-service:instances was given "many"/);
      assert.deepEqual(findings.filter(({ status }) => status === 'unknown').map(({ id }) => id), ['region', 'quota']);
    });
    it('that are missing are named', async () => {
      const [settings] = await look({}, {}, 'qa');
      assert.match(settings?.given ?? '', /^Pulumi\.qa\.yaml cannot be read: ENOENT/);
    });
  });

  describe('Node', () => {
    it('older than 24 fails', async () => {
      const finding = await one('node', { 'node --version': { text: 'v20.20.2\n' } });
      assert.equal(finding.status, 'failed');
      assert.match(finding.given, /^20\.20\.2 \(.*bin\/node\)$/);
      assert.match(finding.next, /export PATH="\$PWD\/node_modules\/\.bin:\$PATH"/);
    });
    it('is the one of the shell, not the one that npm put before it', () => {
      const npm = { npm_package_json: '/home/me/project/package.json' };
      const added = '/home/me/project/node_modules/.bin:/home/me/node_modules/.bin:/home/node_modules/.bin:/node_modules/.bin:/usr/lib/npm/bin/node-gyp-bin';
      assert.equal(shellPath({ ...npm, PATH: `${added}:/usr/bin:/bin` }), '/usr/bin:/bin');
      assert.equal(shellPath({ ...npm, PATH: `${added}:/cache/bin:/home/me/project/node_modules/.bin:/usr/bin` }), '/cache/bin:/home/me/project/node_modules/.bin:/usr/bin');
      assert.equal(shellPath({ ...npm, PATH: `${added}:/home/me/project/node_modules/.bin:/usr/bin` }), '/home/me/project/node_modules/.bin:/usr/bin');
      assert.equal(shellPath({ PATH: '/home/me/project/node_modules/.bin:/usr/bin' }), '/home/me/project/node_modules/.bin:/usr/bin');
    });
  });

  describe('Pulumi', () => {
    it('missing fails, and what needs it is unknown', async () => {
      const findings = await look({ 'pulumi version': 'missing' });
      const statuses = Object.fromEntries(findings.map(({ id, status }) => [id, status]));
      assert.deepEqual([statuses['pulumi-cli'], statuses['state-backend'], statuses['secrets-provider']], ['failed', 'unknown', 'unknown']);
    });
    it('too old fails', async () => {
      assert.equal((await one('pulumi-cli', { 'pulumi version': { text: 'v3.207.0' } })).status, 'failed');
    });
    it('not logged in fails with Pulumi\'s words', async () => {
      const finding = await one('state-backend', { 'pulumi whoami': { text: '', exitCode: 255, stderr: 'error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions' } });
      assert.equal(finding.status, 'failed');
      assert.equal(finding.given, 'PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions');
      assert.match(finding.next, /pulumi login/);
    });
    it('with state in files is a warning', async () => {
      assert.equal((await one('state-backend', { 'pulumi whoami': { json: { user: 'ada', url: 'file:///home/ada/state' } } })).status, 'warning');
    });
    it('never shows a signature in the backend\'s address', async () => {
      const finding = await one('state-backend', { 'pulumi whoami': { json: { user: 'ada', url: 'azblob://state?storage_account=acme&sig=TOPSECRET&se=2030' } } });
      assert.equal(finding.given, 'azblob://state?storage_account=acme&sig=***&se=2030, as ada');
    });
  });

  describe('the secrets provider', () => {
    const provider = (secrets_providers: unknown): Replies => ({ 'pulumi stack export': { json: { version: 3, deployment: { secrets_providers } } } });
    it('of a vault is named', async () => {
      assert.equal((await one('secrets-provider')).given, 'cloud (azurekeyvault://acme.vault.azure.net/keys/pulumi)');
    });
    it('of Pulumi Cloud does', async () => {
      assert.deepEqual(brief(await one('secrets-provider', provider({ type: 'service', state: { url: 'https://api.pulumi.com', owner: 'acme' } }))), { status: 'ok', given: 'Pulumi Cloud (https://api.pulumi.com)', next: '' });
    });
    it('passphrase is a warning, with the command that changes it', async () => {
      const finding = await one('secrets-provider', provider({ type: 'passphrase', state: { salt: 'v1:SALT' } }));
      assert.equal(finding.status, 'warning');
      assert.match(finding.next, /^pulumi stack change-secrets-provider --stack prod "azurekeyvault:/);
      assert.doesNotMatch(JSON.stringify(finding), /SALT/);
    });
    it('of a stack that does not exist fails, with the command that makes the stack', async () => {
      const finding = await one('secrets-provider', { 'pulumi stack export': { text: '', exitCode: 255, stderr: 'error: no stack named \'prod\' found' } });
      assert.equal(finding.status, 'failed');
      assert.match(finding.next, /pulumi stack select --create prod --secrets-provider "azurekeyvault:/);
    });
    it('that cannot be read is unknown', async () => {
      assert.equal((await one('secrets-provider', { 'pulumi stack export': { text: '', exitCode: 255, stderr: 'error: blob (code=Unknown)' } })).status, 'unknown');
    });
  });

  describe('the login', () => {
    it('without the Azure CLI says what to install, and nothing behind it is guessed', async () => {
      const findings = await look({ 'az account show': 'missing' });
      const login = findings.find(({ id }) => id === 'azure-login');
      assert.equal(login?.status, 'failed');
      assert.equal(login?.given, 'there is no "az" on PATH');
      assert.match(login?.next ?? '', /"How to install the Azure CLI"/);
      assert.deepEqual(findings.filter(({ status }) => status === 'unknown').map(({ id }) => id), AZURE_IDS.slice(1));
    });
    it('that is missing is asked for', async () => {
      const finding = await one('azure-login', { 'az account show': { text: '', exitCode: 1, stderr: 'ERROR: Please run \'az login\' to setup account.' } });
      assert.deepEqual(brief(finding), { status: 'failed', given: 'Please run \'az login\' to setup account.', next: 'az login, then az account set --subscription NAME' });
    });
    it('looks at the subscription that ARM_SUBSCRIPTION_ID names', async () => {
      const run = replay(inOrder);
      await preflight({ env: { ...env, ARM_SUBSCRIPTION_ID: SUBSCRIPTION }, stack: 'prod', projectDir: folder, run });
      assert.ok(run.lines.includes(`az account show --subscription ${SUBSCRIPTION} --output json`));
    });
    it('with a disabled subscription fails', async () => {
      const account = (inOrder['az account show'] as { json: object }).json;
      const finding = await one('azure-login', { 'az account show': { json: { ...account, state: 'Disabled' } } });
      assert.equal(finding.status, 'failed');
      assert.match(finding.given, /the subscription is Disabled$/);
    });
    it('of another identity than the one that will deploy is a warning', async () => {
      const finding = await one('azure-login', {}, { ARM_CLIENT_ID: 'cccccccc-0000-0000-0000-000000000000' });
      assert.equal(finding.status, 'warning');
      assert.match(finding.given, /ARM_CLIENT_ID names cccccccc/);
    });
    it('in a form that is not known is no success', async () => {
      const finding = await one('azure-login', { 'az account show': { json: { id: SUBSCRIPTION } } });
      assert.equal(finding.status, 'failed');
      assert.match(finding.given, /answered in a form that is not known here \(name:/);
    });
  });

  describe('rights in the subscription', () => {
    const holding = (...assignments: unknown[]): Replies => ({ 'az rest /roleAssignments': assignmentsOf(...assignments) });
    it('of Contributor alone make resources, and assign no role', async () => {
      const replies = holding(assignment(ids.contributor, ids.subscription));
      assert.equal((await one('rights-resources', replies)).status, 'ok');
      const assigning = await one('rights-role-assignments', replies);
      assert.equal(assigning.status, 'failed');
      assert.match(assigning.next, /az role assignment create --role "User Access Administrator" --assignee ada@acme\.example/);
    });
    it('that reach one resource group only do not count', async () => {
      const replies = holding(assignment(ids.contributor, `${ids.subscription}/resourceGroups/other`));
      const finding = await one('rights-resources', replies);
      assert.equal(finding.status, 'failed');
      assert.match(finding.given, /^no role on the subscription; not allowed: Microsoft\.Resources\/subscriptions\/resourceGroups\/write, /);
    });
    it('of a role of one\'s own count by its actions', async () => {
      const own = '0000abcd-0000-0000-0000-000000000000';
      const replies: Replies = {
        ...holding(assignment(own, ids.subscription)),
        [`az rest /roleDefinitions/${own}`]: { json: { properties: { roleName: 'MCP deployer', permissions: [{ actions: ['microsoft.resources/*', 'Microsoft.Web/*', 'Microsoft.ManagedIdentity/*', 'Microsoft.KeyVault/*/write', 'Microsoft.KeyVault/vaults/*/action', 'Microsoft.OperationalInsights/*', 'Microsoft.Insights/*', 'Microsoft.Network/*', 'Microsoft.Storage/storageAccounts/*'], notActions: ['Microsoft.Storage/*/listKeys/action'] }] } } },
      };
      const finding = await one('rights-resources', replies);
      assert.deepEqual([finding.status, finding.given], ['failed', 'MCP deployer; not allowed: Microsoft.Storage/storageAccounts/listKeys/action']);
    });
    it('under a condition are a warning that names the roles to be assigned', async () => {
      const finding = await one('rights-role-assignments', holding(assignment(ids.contributor, ids.subscription), assignment(ids.accessAdministrator, ids.subscription, '((!(ActionMatches{…})))')));
      assert.equal(finding.status, 'warning');
      assert.match(finding.next, /Key Vault Secrets User, Storage Blob Data Reader, Monitoring Metrics Publisher/);
    });
    it('that cannot be read are unknown, with the command that shows them', async () => {
      const finding = await one('rights-resources', { 'az rest /roleAssignments': { text: '', exitCode: 1, stderr: 'WARNING: x\nERROR: Forbidden({"error":{"code":"AuthorizationFailed"}})' } });
      assert.equal(finding.status, 'unknown');
      assert.match(finding.given, /could not be read: Forbidden/);
      assert.match(finding.next, /^see: az role assignment list/);
    });
  });

  describe('rights in the directory', () => {
    const noRole: Replies = { 'az rest /me/transitiveMemberOf': { json: { value: [] } } };
    const policy = (allowedToCreateApps: boolean): Replies => ({ 'az rest /policies/authorizationPolicy': { json: { defaultUserRolePermissions: { allowedToCreateApps } } } });
    it('of a plain member register where the directory lets members, and assign nothing', async () => {
      assert.equal((await one('entra-applications', { ...noRole, ...policy(true) })).status, 'ok');
      assert.equal((await one('entra-applications', { ...noRole, ...policy(false) })).status, 'failed');
      assert.equal((await one('entra-app-role-assignments', { ...noRole, ...policy(true) })).status, 'warning');
    });
    it('are unknown where the directory does not say', async () => {
      assert.equal((await one('entra-applications', { ...noRole, 'az rest /policies/authorizationPolicy': { text: '', exitCode: 1, stderr: 'ERROR: Forbidden' } })).status, 'unknown');
      assert.equal((await one('entra-app-role-assignments', { 'az rest /me/transitiveMemberOf': { text: '', exitCode: 1, stderr: 'ERROR: Forbidden' } })).status, 'unknown');
    });

    const clientId = 'dddddddd-0000-0000-0000-000000000000';
    const application = (...appRoleIds: string[]): Replies => {
      const account = (inOrder['az account show'] as { json: object }).json;
      return {
        'az account show': { json: { ...account, user: { name: clientId, type: 'servicePrincipal' } } },
        [`az rest /servicePrincipals(appId='${clientId}')?$select=id`]: { json: { id: 'x' } },
        [`az rest /servicePrincipals(appId='${clientId}')/transitiveMemberOf`]: { json: { value: [] } },
        [`az rest /servicePrincipals(appId='${clientId}')/appRoleAssignments`]: { json: { value: appRoleIds.map((appRoleId) => ({ appRoleId })) } } satisfies Reply,
      };
    };
    it('of an application are its Graph permissions', async () => {
      const owned = application('18a4783c-866b-4cc7-a460-3d5e5662c884');
      assert.equal((await one('entra-applications', owned)).given, 'Application.ReadWrite.OwnedBy');
      assert.equal((await one('entra-app-role-assignments', owned)).status, 'warning');
      assert.equal((await one('entra-app-role-assignments', application('18a4783c-866b-4cc7-a460-3d5e5662c884', '06b708a9-e830-4db3-a914-8e69da51d44f'))).status, 'ok');
      assert.equal((await one('entra-applications', application('00000000-0000-0000-0000-000000000000'))).status, 'failed');
    });
  });

  describe('the subscription', () => {
    it('with resource providers that are not registered fails, with a command for each', async () => {
      const providers = (inOrder['az provider list'] as { json: { namespace: string; registrationState: string }[] }).json;
      const replies: Replies = { 'az provider list': { json: providers.filter(({ namespace }) => namespace !== 'Microsoft.Storage').map((provider) => (provider.namespace === 'Microsoft.Web' ? { ...provider, registrationState: 'NotRegistered' } : provider)) } };
      assert.deepEqual(brief(await one('resource-providers', replies)), {
        status: 'failed',
        given: 'Microsoft.Web is NotRegistered, Microsoft.Storage is not known to the subscription',
        next: 'az provider register --wait --namespace Microsoft.Web\naz provider register --wait --namespace Microsoft.Storage',
      });
    });
    it('in a region without the size fails', async () => {
      assert.equal((await one('region', { 'az appservice list-locations': { json: [{ name: 'North Europe' }] } })).status, 'failed');
    });

    const usage = (name: string, currentValue: number, limit: number, unit = 'Count'): Replies => ({ 'az rest /usages': { json: { value: [{ unit, currentValue, limit, name: { value: name, localizedValue: name } }] } } });
    for (const [what, replies, status] of [
      ['with room for three', usage('P0v3', 7, 10), 'ok'],
      ['with room for two, of which its own plan may be a part', usage('P0V3 VMs', 8, 10), 'warning'],
      ['whose limit is too low', usage('P0v3', 0, 2), 'failed'],
      ['counted in cores with room', usage('Cores usage in West Europe', 55, 250, 'Core Count'), 'ok'],
      ['counted in cores without room', usage('Cores usage in West Europe', 249, 250, 'Core Count'), 'warning'],
      ['that names another size only', usage('P1v3', 0, 30), 'unknown'],
      ['that cannot be read', { 'az rest /usages': { text: '', exitCode: 1, stderr: 'ERROR: NoRegisteredProviderFound' } } as Replies, 'unknown'],
    ] as const) {
      it(`a quota ${what} is ${status}`, async () => assert.equal((await one('quota', replies)).status, status));
    }
  });

  describe('against the local Azure', () => {
    const local = { AZURE_AUTHORITY_HOST: 'https://127.0.0.1:40443', PULUMI_BACKEND_URL: 'file:///x' };
    const localReplies: Replies = {
      'pulumi whoami': { json: { user: 'ada', url: 'file:///x' } },
      'pulumi stack export': { json: { deployment: { secrets_providers: { type: 'passphrase' } } } },
    };
    it('files and a passphrase are right, and what concerns the subscription does not apply', async () => {
      const findings = await look(localReplies, local);
      assert.deepEqual(findings.slice(0, 5).map(({ status }) => status), Array(5).fill('ok'));
      assert.deepEqual(findings.filter(({ status }) => status === 'notApplicable').map(({ id }) => id), AZURE_IDS);
    });
    it('the Azure CLI is not asked', async () => {
      const run = replay(inOrder, localReplies);
      await preflight({ env: { ...env, ...local }, stack: 'prod', projectDir: folder, run });
      assert.deepEqual(run.lines.filter((line) => line.startsWith('az ')), []);
    });
  });
});

describe('runPreflightCommand', () => {
  const command = async (argv: string[], replies: Replies = {}) => {
    let text = '';
    const run = replay(inOrder, replies);
    const code = await runPreflightCommand({ argv, env: { PATH: join(import.meta.dirname, 'nothing') }, stdout: { write: (more) => { text += more; } }, run });
    return { code, text, lines: run.lines };
  };
  const local = join(import.meta.dirname, '../../../node_modules/.bin');

  it('prints the findings with a count, and ends with 1 when something failed', async () => {
    const { code, text } = await command(['--stack', 'prod'], { 'az rest /usages': { json: { value: [] } } });
    assert.equal(code, 1);
    assert.match(text, /^FAILED {3}Node for "pulumi up": there is no "node" on PATH\n {9}needed: Node 24 or later/m);
    assert.match(text, /^unknown {2}Quota for P0v3 in westeurope: /m);
    assert.match(text, /^13 checks: 1 failed, 1 could not be looked up, 11 in order\.$/m);
  });

  it('ends with 0 when there are warnings only, and prints JSON on request', async () => {
    let text = '';
    const run = replay(inOrder, { 'pulumi whoami': { json: { user: 'ada', url: 'file:///x' } } });
    const code = await runPreflightCommand({ argv: ['--json', '--stack', 'prod'], env: { PATH: local }, stdout: { write: (more) => { text += more; } }, run });
    const { stack, findings } = JSON.parse(text) as { stack: string; findings: Finding[] };
    assert.deepEqual([code, stack], [0, 'prod']);
    assert.deepEqual(findings.filter(({ status }) => status !== 'ok').map(({ id, status }) => [id, status]), [['state-backend', 'warning']]);
  });

  it('refuses options and stacks that there are not, with exit code 2, before it asks anything', async () => {
    await assert.rejects(command(['--fast']), { code: 'BAD_ARGUMENT', exitCode: 2 });
    await assert.rejects(command(['--stack', 'qa']), { code: 'BAD_STACK', exitCode: 2 });
  });
});

describe('createRun', () => {
  it('runs what is on PATH, and tells a missing program from a failing one', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'run-'));
    try {
      await writeFile(join(folder, 'az'), '#!/bin/sh\necho "asked: $*"\necho "ERROR: no" >&2\nexit 3\n');
      await chmod(join(folder, 'az'), 0o755);
      const run = createRun({ PATH: folder }, folder);
      assert.deepEqual(await run('az', ['account', 'show']), { exitCode: 3, isMissing: false, stdout: 'asked: account show\n', stderr: 'ERROR: no' });
      assert.deepEqual(await run('pulumi', ['version']), { exitCode: undefined, isMissing: true, stdout: '', stderr: 'there is no "pulumi" on PATH' });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

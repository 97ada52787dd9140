import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ClientSecretCredential } from '@azure/identity';
import { SecretClient } from '@azure/keyvault-secrets';
import { reportSchema, type Report, type Subject } from '../../scripts/policy/report.ts';
import { createLocalRun, projectDir, runProcess, type LocalRun } from './support/localRun.ts';
import { trust } from './support/mcpLoad.ts';
import { copyProgram } from './support/programCopy.ts';

interface Exported { deployment: { resources: { urn: string; type: string; id?: string; outputs?: { properties?: { vaultUri?: string } } }[] } }

/** The report over the real engine and a deployed stack, in the order in which an auditor and somebody with the portal would go on. */
describe('npm run policy -- report', { concurrency: false }, () => {
  let run: LocalRun;
  let env: Record<string, string>;
  let folder: string;
  let deployed: Exported['deployment']['resources'];

  before(async () => {
    run = createLocalRun();
    folder = mkdtempSync(join(tmpdir(), 'policy-reports-'));
    await run.json(['up']);
    env = await run.cloudEnv('staging');
    trust(env['NODE_EXTRA_CA_CERTS'] ?? '');
    deployed = (JSON.parse((await pulumi(['stack', 'export'])).stdout) as Exported).deployment.resources;
  });
  after(async () => {
    await run.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const pulumi = async (args: string[], variables: Record<string, string> = {}) => {
    const result = await run.inCloud('staging', 'pulumi', [...args, '--stack', 'staging'], { env: variables });
    assert.equal(result.code, 0, result.stdout + result.stderr);
    return result;
  };
  const credential = () => new ClientSecretCredential(env['AZURE_TENANT_ID'] ?? '', env['AZURE_CLIENT_ID'] ?? '', env['AZURE_CLIENT_SECRET'] ?? '', { authorityHost: env['AZURE_AUTHORITY_HOST'] ?? '', disableInstanceDiscovery: true });
  const arm = async (method: string, id: string, apiVersion: string, body?: unknown): Promise<void> => {
    const { token } = await credential().getToken('https://management.azure.com/.default');
    const response = await fetch(`${env['AZURE_RESOURCE_MANAGER_ENDPOINT']}${id}?api-version=${apiVersion}`, { method, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    assert.ok(response.ok, await response.text());
  };
  const filesBelow = (root: string): string[] => readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const digestsBelow = (root: string): Record<string, string> => Object.fromEntries(filesBelow(root).map((file) => [file, sha256(readFileSync(file))]));
  const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
  const idOf = (type: string): string => deployed.find((resource) => resource.type === type)?.id ?? assert.fail(type);

  async function report(name: string, args: readonly string[]): Promise<{ code: number | null; made: Report; stdout: string; at: string }> {
    const at = join(folder, name);
    const { code, stdout, stderr } = await run.command(['policy', 'report', ...args, '--out', at]);
    assert.ok(code === 0 || code === 3, stdout + stderr);
    return { code, stdout, at, made: reportSchema.parse(JSON.parse(readFileSync(join(at, 'policy-report.json'), 'utf8'))) };
  }
  const subjectOf = ({ subjects }: Report, kind: Subject['kind'], stack = 'staging'): Subject => subjects.find((subject) => subject.kind === kind && subject.stack === stack) ?? assert.fail(kind);
  const findings = ({ results }: Subject, outcome: string, level?: string): string[] => results.filter((result) => result.outcome === outcome && (level === undefined || result.level === level)).map(({ rule, resource }) => `${rule} ${resource.split('::').slice(2).join('::').split('$').at(-1)}`);

  test('judges what an update would make, the state and Azure alike, with digests of packages and evidence, and changes neither state nor tracked files [report.kinds] [report.read-only]', async () => {
    const tracked = async (): Promise<string> => (await runProcess('git', ['status', '--porcelain'], { cwd: projectDir, env: process.env })).stdout;
    const [stateBefore, trackedBefore] = [digestsBelow(join(run.root, 'pulumi-state')), await tracked()];
    const { code, made, at, stdout } = await report('clean', []);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /Clean: nothing at level mandatory has failed, and nothing at that level was left unjudged\./);
    assert.deepEqual([digestsBelow(join(run.root, 'pulumi-state')), await tracked()], [stateBefore, trackedBefore]);

    // prod is not deployed: its preview is judged all the same, in a state of its own.
    assert.deepEqual(made.subjects.map(({ stack, kind, status }) => [stack, kind, status]), [['staging', 'preview', 'judged'], ['staging', 'deployed', 'judged'], ['staging', 'live', 'judged'], ['prod', 'preview', 'judged']]);
    const [preview, state, live] = [subjectOf(made, 'preview'), subjectOf(made, 'deployed'), subjectOf(made, 'live')];
    assert.deepEqual(findings(state, 'passed'), findings(preview, 'passed'));
    assert.deepEqual(findings(live, 'passed'), findings(preview, 'passed'));
    assert.ok(findings(live, 'passed').length > 100);
    for (const subject of [preview, state, live]) {
      assert.deepEqual(findings(subject, 'exempt'), ['storage-no-shared-key azure-native:storage:StorageAccount::mcpstaging']);
      assert.deepEqual([subject.packages.built, subject.packages.production, subject.packages.staging].map((digest) => digest?.length), [64, 64, 64]);
      assert.equal(subject.resources.length, deployed.length);
    }
    assert.ok(findings(subjectOf(made, 'preview', 'prod'), 'not-judged').length > 5, 'ids are not known before a first update');
    assert.deepEqual([state.lastUpdate?.verdict, state.lastUpdate?.packVersion, live.missing, live.unmanaged], ['passed', made.pack.version, [], []]);
    assert.deepEqual(made.exemptions.map(({ stack, state: exemptionState }) => [stack, exemptionState]), [['staging', 'in-use'], ['prod', 'in-use']]);

    for (const { evidence } of made.subjects) {
      assert.ok(evidence.length >= 3);
      for (const { file, sha256: digest, bytes } of evidence) {
        const kept = readFileSync(join(at, file));
        assert.deepEqual([sha256(kept), kept.length], [digest, bytes], file);
      }
    }
    assert.deepEqual(state.evidence.map(({ kind }) => kind), ['state', 'event-log', 'policy-configuration', 'policy-configuration', 'exemptions']);
    const [log = ''] = filesBelow(join(run.root, 'evidence', 'staging')).filter((file) => file.endsWith('.jsonl'));
    assert.equal(state.evidence.find(({ kind }) => kind === 'event-log')?.sha256, sha256(readFileSync(log)));
    assert.deepEqual(readdirSync(at).sort(), ['evidence', 'policy-report.html', 'policy-report.json', 'policy-report.junit.xml', 'policy-report.md', 'policy-report.sarif']);
  });

  test('finds what was changed, deleted and added by hand in Azure, and not in the state [report.drift]', async () => {
    const group = idOf('azure-native:resources:ResourceGroup');
    const byHand = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/by-hand`;
    await arm('PATCH', idOf('azure-native:web:WebAppSlot'), '2025-05-01', { properties: { clientAffinityEnabled: true } });
    const workspaceLogs = deployed.find(({ urn }) => urn.endsWith('azure-native:monitor:DiagnosticSetting::workspace-logs'));
    assert.ok(workspaceLogs?.id);
    await arm('DELETE', workspaceLogs.id, '2021-05-01-preview');
    await arm('PUT', byHand, '2024-11-30', { location: 'westeurope' });

    const { code, made, stdout } = await report('drift', ['--stack', 'staging', '--of', 'deployed,live']);
    const [state, live] = [subjectOf(made, 'deployed'), subjectOf(made, 'live')];
    assert.equal(code, 3);
    assert.deepEqual([findings(state, 'failed', 'mandatory'), findings(live, 'failed', 'mandatory')], [[], ['affinity-off azure-native:web:WebAppSlot::staging', 'diagnostic-settings azure-native:operationalinsights:Workspace::mcp-staging-']]);
    assert.deepEqual(live.missing, [workspaceLogs.urn]);
    assert.equal(findings(live, 'failed').length, findings(state, 'failed').length + 2);
    assert.deepEqual(live.unmanaged, [byHand]);
    assert.match(stdout, /staging, live: affinity-off failed on azure-native:web:WebAppSlot "staging"/);
  });

  test('says of an update without the pack that nobody judged it [report.unjudged-update]', async () => {
    const variables = await run.cloudEnv('staging');
    const { PULUMI_OPTION_POLICY_PACK: _pack, PULUMI_OPTION_POLICY_PACK_CONFIG: _config, ...plain } = variables;
    const { PULUMI_OPTION_POLICY_PACK: _own, ...outside } = process.env;
    const update = await runProcess('pulumi', ['up', '--yes', '--skip-preview', '--refresh', '--stack', 'staging', '--non-interactive'], { cwd: projectDir, env: { ...outside, ...plain } });
    assert.equal(update.code, 0, update.stdout + update.stderr);
    const { code, made } = await report('plain-update', ['--stack', 'staging', '--of', 'deployed']);
    const { lastUpdate, results, evidence } = subjectOf(made, 'deployed');
    assert.equal(code, 3);
    assert.equal(lastUpdate?.verdict, 'unjudged');
    assert.ok(results.every(({ outcome, level }) => outcome !== 'failed' || level === 'advisory'), 'what stands is in order again');
    assert.ok(evidence.every(({ kind }) => kind !== 'event-log'), 'the log of the update before is no evidence for this one');
  });

  test('a preview that the pack refuses is a judged one', async () => {
    const copy = copyProgram('infra/components/hostedApp.ts', (text) => text.replace('httpsOnly: true', 'httpsOnly: false'));
    try {
      const at = join(folder, 'refused');
      const { code, stdout, stderr } = await runProcess(process.execPath, [join(copy, 'scripts', 'run.js'), 'policy', 'report', '--stack', 'staging', '--of', 'preview', '--out', at], { cwd: copy, env: { ...process.env, MCP_LOCAL_DIR: run.root } });
      assert.equal(code, 3, stdout + stderr);
      const made = reportSchema.parse(JSON.parse(readFileSync(join(at, 'policy-report.json'), 'utf8')));
      const preview = subjectOf(made, 'preview');
      assert.deepEqual([preview.status, findings(preview, 'failed', 'mandatory')], ['judged', ['https-only azure-native:web:WebApp::mcp-staging-', 'https-only azure-native:web:WebAppSlot::staging']]);
      assert.ok(findings(preview, 'passed').length > 100);
      assert.equal(made.commit, undefined, 'the copy is no repository');
    } finally {
      rmSync(copy, { recursive: true });
    }
  });

  test('no secret stands in the reports, their evidence or the logs of updates [report.no-secrets]', async () => {
    const vaultUri = deployed.find(({ type }) => type === 'azure-native:keyvault:Vault')?.outputs?.properties?.vaultUri ?? '';
    const { value = '' } = await new SecretClient(vaultUri, credential(), { disableChallengeResourceVerification: true }).getSecret('mcp-request-state-key');
    const passphrase = readFileSync(join(run.root, 'passphrase'), 'utf8').trim();
    const salt = /encryptionsalt: (\S+)/.exec(readFileSync(join(run.root, 'stacks', 'Pulumi.staging.yaml'), 'utf8'))?.[1] ?? '';
    const ciphertext = /"ciphertext": ?"([^"]+)"/.exec((await pulumi(['stack', 'export'])).stdout)?.[1] ?? '';
    const files = [...filesBelow(folder), ...filesBelow(join(run.root, 'evidence'))];
    assert.ok(files.length > 20);
    for (const secret of [value, passphrase, salt, ciphertext, env['AZURE_CLIENT_SECRET'] ?? '']) {
      assert.ok(secret.length > 10);
      for (const file of files) assert.ok(!readFileSync(file, 'utf8').includes(secret), file);
    }
  });

  test('an earlier report is not written over, and what is asked wrongly is said', async () => {
    const again = await run.command(['policy', 'report', '--stack', 'staging', '--out', join(folder, 'clean')]);
    assert.deepEqual([again.code, /POLICY_REPORT_EXISTS/.test(again.stderr)], [1, true]);
    for (const args of [['report', '--of', 'portal'], ['judge'], ['report', '--stack', 'test']]) assert.equal((await run.command(['policy', ...args])).code, 2, args.join(' '));
  });
});

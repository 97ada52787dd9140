import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status } from '../../../scripts/commands/status.ts';
import { readCheckovReport, runCheckov } from '../../../scripts/template/checkov.ts';
import type { ExportedGroup } from '../../../scripts/template/exportGroup.ts';

function group(name: string, httpsOnly: boolean, configuration: Record<string, string | boolean>): ExportedGroup {
  const site = { type: 'Microsoft.Web/sites', apiVersion: '2025-05-01', name: `site-${name}`, location: 'westeurope', identity: { type: 'SystemAssigned' }, properties: { httpsOnly, siteConfig: { http20Enabled: true } } };
  const web = { type: 'Microsoft.Web/sites/config', apiVersion: '2025-05-01', name: `site-${name}/web`, properties: configuration };
  return { name, notExported: [], template: { $schema: 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#', contentVersion: '1.0.0.0', resources: [site, web] } };
}

test('checkov judges each group, a site with its own configuration, and says which check failed on what [status.checkov]', async () => {
  const { version, passed, failed } = await runCheckov([group('closed', true, { minTlsVersion: '1.2', ftpsState: 'Disabled' }), group('open', false, { minTlsVersion: '1.0', ftpsState: 'AllAllowed' })], process.env);
  assert.match(version, /^3\./);
  assert.ok(passed > 5, `${passed} passed`);
  const found = failed.filter(({ type }) => type === 'Microsoft.Web/sites').map(({ check, name }) => `${check} ${name}`);
  for (const check of ['CKV_AZURE_14', 'CKV_AZURE_15', 'CKV_AZURE_78']) assert.deepEqual(found.filter((line) => line.startsWith(`${check} `)), [`${check} site-open`]);
});

test('what was not scanned has not passed', () => {
  const summary = { passed: 9, failed: 1, skipped: 0, parsing_errors: 0, resource_count: 2, checkov_version: '3.3.30' };
  const read = (changed: object, text?: string) => readCheckovReport(text ?? JSON.stringify({ results: { failed_checks: [{ check_id: 'CKV_AZURE_14', check_name: 'Ensure', resource: 'Microsoft.Web/sites.site-g' }] }, summary: { ...summary, ...changed } }), [group('g', true, {})], 'no memory');
  assert.deepEqual(read({}), { version: '3.3.30', passed: 9, failed: [{ check: 'CKV_AZURE_14', title: 'Ensure', type: 'Microsoft.Web/sites', name: 'site-g' }] });
  for (const [changed, told] of [[{ resource_count: 1 }, /saw 1 of 2 resources/], [{ parsing_errors: 1 }, /could not read 1 of 1/], [{ skipped: 2 }, /skipped 2 checks/]] as const) {
    assert.throws(() => read(changed), { code: 'CHECKOV_FAILED', message: told });
  }
  for (const text of ['', '[]', '{"passed":0,"failed":0}']) assert.throws(() => read({}, text), { code: 'CHECKOV_FAILED', message: /no report that can be read: no memory/ }, text);
});

test('options of the template without --template, a stack that there is not, and groups without a subscription are refused', async () => {
  const call = (...argv: string[]) => status({ argv, env: {}, stdout: process.stdout, stderr: process.stderr });
  await assert.rejects(call('--scan', '--out', 'f'), { code: 'BAD_ARGUMENT', message: '--scan, --out goes with --template: npm run status -- --template' });
  await assert.rejects(call('--template', '--stack', 'dev'), { code: 'BAD_STACK' });
  await assert.rejects(call('--template', '--resource-group', 'g'), { code: 'BAD_ARGUMENT', message: /AZURE_SUBSCRIPTION_ID, which is not set/ });
});

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import type { RegisteredType } from '../../local/arm/engine.ts';
import type { JsonObject } from '../../local/arm/types.ts';
import { start, type LocalAzure } from '../../local/index.ts';
import { recordProgram, type Registered } from '../infra/recordProgram.ts';

const contractsDir = fileURLToPath(new URL('../../../shared/contracts/jsonschema/', import.meta.url));
/** With everything in it that a setting adds, and of prod, which has locks: so every kind of resource is among them. */
const configuration = {
  'azure-native:location': 'westeurope',
  'mcp-app-service:privateEndpoints': 'true',
  'mcp-app-service:egressFirewallIp': '10.0.1.4',
  'mcp-app-service:allowedFrontDoorId': '33333333-2222-3333-4444-555555555555',
  'mcp-app-service:maxInstances': '10',
  'mcp-app-service:zoneRedundant': 'true',
  'mcp-app-service:alertEmails': '["on-call@example.com"]',
};

/** Every body that the program makes the provider send, held against both contracts: the one at run time, and an independent one where it is at hand. */
describe('request bodies of the program', () => {
  let azure: LocalAzure;
  let bodies: { resource: Registered; type: RegisteredType; body: JsonObject }[];
  const stateDir = mkdtempSync(join(tmpdir(), 'contracts-'));

  before(async () => {
    azure = await start({ stateDir });
    const recording = await recordProgram('prod', configuration);
    bodies = recording.resources
      .filter(({ type }) => type.startsWith('azure-native:') && type !== 'azure-native:storage:Blob')
      .map((resource) => {
        const type = azure.resourceTypes.find(({ row }) => `azure-native:${row.token}` === resource.type);
        assert.ok(type, `${resource.type} is served`);
        return {
          resource,
          type,
          // The provider names what the program does not.
          body: type.contract.toBody({ [type.contract.pathInputs.at(-1) ?? '']: resource.name, ...resource.inputs } as JsonObject),
        };
      });
  });
  after(async () => {
    await azure.close();
    rmSync(stateDir, { recursive: true });
  });

  test('none breaks the contract read from azure-native\'s declarations [contract.run-time]', () => {
    assert.ok(bodies.length >= 20, `${bodies.length} bodies`);
    for (const { resource, type, body } of bodies) {
      assert.deepEqual(type.contract.judgeBody({ location: 'westeurope', ...body }).filter(({ path }) => path !== 'location'), [], `${resource.type} ${resource.name}`);
    }
  });

  test('none breaks the contract of Azure\'s own type definitions [contract.independent]', { skip: !existsSync(contractsDir) && 'the independent contracts are not beside this checkout' }, () => {
    const judged = new Set<string>();
    for (const { resource, type, body } of bodies) {
      const validate = validatorFor(type);
      if (!validate) continue;
      judged.add(type.row.type);
      const last = type.row.path.split('/').at(-1) ?? '';
      const whole = { location: 'westeurope', ...body, name: last.startsWith('{') ? nameOf(resource.inputs[last.slice(1, -1)]) : last, type: type.row.type };
      if (!type.row.envelope.includes('location')) delete (whole as JsonObject)['location'];
      assert.ok(validate(whole), `${resource.type} ${resource.name}: ${JSON.stringify(validate.errors)}`);
    }
    // What the independent set lacks (application settings, for instance) is held by the contract at run time alone.
    for (const type of ['Microsoft.Web/sites', 'Microsoft.Web/sites/slots', 'Microsoft.Web/serverfarms', 'Microsoft.KeyVault/vaults', 'Microsoft.KeyVault/vaults/secrets', 'Microsoft.Storage/storageAccounts', 'Microsoft.Insights/components', 'Microsoft.OperationalInsights/workspaces', 'Microsoft.Authorization/roleAssignments',
      'Microsoft.Network/virtualNetworks', 'Microsoft.Network/networkSecurityGroups', 'Microsoft.Network/privateEndpoints', 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups', 'Microsoft.Network/privateDnsZones', 'Microsoft.Network/privateDnsZones/virtualNetworkLinks',
      'Microsoft.Authorization/locks', 'Microsoft.Insights/actionGroups', 'Microsoft.Insights/autoscalesettings', 'Microsoft.Insights/diagnosticSettings', 'Microsoft.Insights/metricAlerts', 'Microsoft.Insights/scheduledQueryRules', 'Microsoft.Insights/webtests', 'Microsoft.Insights/workbooks']) {
      assert.ok(judged.has(type), `${type} was judged; judged: ${[...judged].join(', ')}`);
    }
  });
});

/** Names that Azure fixes, such as `default`, are inputs as well; the provider makes up the others. */
function nameOf(input: unknown): string {
  return typeof input === 'string' ? input : 'name';
}

const ajv = new Ajv({ strict: false, allErrors: true });

function validatorFor({ row }: RegisteredType): ReturnType<typeof ajv.compile> | undefined {
  const namespace = row.type.split('/')[0]?.toLowerCase();
  for (const file of readdirSync(contractsDir).filter((name) => name.startsWith(`${namespace}@`))) {
    const schema = JSON.parse(readFileSync(join(contractsDir, file), 'utf8')) as { resources: Record<string, { $ref: string }>; definitions: object };
    const entry = Object.entries(schema.resources).find(([name]) => name.split('@')[0]?.toLowerCase() === row.type.toLowerCase());
    if (entry) return ajv.compile({ $ref: entry[1].$ref, definitions: schema.definitions });
  }
  return undefined;
}

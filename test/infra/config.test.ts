import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ConfigurationError, PROJECT, readSettings, SETTING_NAMES } from '../../infra/config.ts';

const LOCATION = { 'azure-native:location': 'westeurope' };
const DIGEST = 'a'.repeat(64);

function problemsOf(stack: string, configuration: Record<string, string>, isSecret?: (key: string) => boolean): readonly string[] {
  try {
    readSettings(stack, configuration, isSecret);
  } catch (error) {
    assert.ok(error instanceof ConfigurationError, String(error));
    assert.equal(error.code, 'INFRA_CONFIG_INVALID');
    assert.match(error.message, /^INFRA_CONFIG_INVALID: /);
    return error.problems;
  }
  throw new assert.AssertionError({ message: 'The configuration was accepted.' });
}

describe('settings of a stack', () => {
  it('has a default for every key but the location', () => {
    assert.deepEqual(readSettings('staging', LOCATION), {
      stack: 'staging',
      instances: 3,
      maxInstances: 3,
      zoneRedundant: false,
      planSku: 'P0v3',
      traceSamplingRatio: 1,
      logRetentionDays: 30,
      softDeleteRetentionDays: 90,
      allowedOrigins: [],
      authorizationServer: 'entra',
      auditMode: 'durable',
      auditRetentionDays: 365,
      virtualNetworkPrefix: '10.64.0.0/24',
      privateEndpoints: false,
      egressFirewallIp: undefined,
      allowedFrontDoorId: undefined,
      allowedInboundCidrs: [],
      preauthorizedClients: ['aebc6443-996d-45c2-90f0-388ff96faa56'],
      roleAssignments: {},
      alertEmails: [],
      owner: 'unassigned',
      repository: 'mcp-app-service',
      requestStateKey: undefined,
      stagingPackage: undefined,
    });
  });

  it('takes every key', () => {
    const key = Buffer.alloc(32, 7).toString('base64url');
    const settings = readSettings('prod', {
      ...LOCATION,
      [`${PROJECT}:instances`]: '20',
      [`${PROJECT}:maxInstances`]: '30',
      [`${PROJECT}:zoneRedundant`]: 'true',
      [`${PROJECT}:alertEmails`]: '["on-call@example.com"]',
      [`${PROJECT}:planSku`]: 'P1mv3',
      [`${PROJECT}:traceSamplingRatio`]: '0.05',
      [`${PROJECT}:logRetentionDays`]: '730',
      [`${PROJECT}:softDeleteRetentionDays`]: '7',
      [`${PROJECT}:allowedOrigins`]: '["https://inspector.example.com","http://localhost:6274"]',
      [`${PROJECT}:authorizationServer`]: 'facade',
      [`${PROJECT}:auditMode`]: 'buffered',
      [`${PROJECT}:auditRetentionDays`]: '30',
      [`${PROJECT}:virtualNetworkPrefix`]: '192.168.7.0/24',
      [`${PROJECT}:privateEndpoints`]: 'true',
      [`${PROJECT}:egressFirewallIp`]: '10.0.1.4',
      [`${PROJECT}:allowedFrontDoorId`]: '33333333-2222-3333-4444-5555555555AA',
      [`${PROJECT}:allowedInboundCidrs`]: '["203.0.113.0/24","2001:db8::/32"]',
      [`${PROJECT}:preauthorizedClients`]: '[]',
      [`${PROJECT}:roleAssignments`]: '{"whoami":["11111111-2222-3333-4444-555555555555"]}',
      [`${PROJECT}:owner`]: 'Team MCP',
      [`${PROJECT}:repository`]: 'example/mcp',
      [`${PROJECT}:requestStateKey`]: key,
      [`${PROJECT}:stagingPackage`]: `1a2b3c4d/${DIGEST}`,
    });
    assert.deepEqual(settings, {
      stack: 'prod', instances: 20, maxInstances: 30, zoneRedundant: true, alertEmails: ['on-call@example.com'], planSku: 'P1mv3', traceSamplingRatio: 0.05, logRetentionDays: 730, softDeleteRetentionDays: 7,
      allowedOrigins: ['https://inspector.example.com', 'http://localhost:6274'], authorizationServer: 'facade', auditMode: 'buffered', auditRetentionDays: 30,
      virtualNetworkPrefix: '192.168.7.0/24', privateEndpoints: true, egressFirewallIp: '10.0.1.4', allowedFrontDoorId: '33333333-2222-3333-4444-5555555555aa', allowedInboundCidrs: ['203.0.113.0/24', '2001:db8::/32'],
      preauthorizedClients: [], roleAssignments: { whoami: ['11111111-2222-3333-4444-555555555555'] }, owner: 'Team MCP', repository: 'example/mcp',
      requestStateKey: key, stagingPackage: `1a2b3c4d/${DIGEST}`,
    });
    assert.deepEqual([...SETTING_NAMES, 'stack'].sort(), Object.keys(settings).sort());
  });

  const refused: readonly { readonly name: string; readonly value: string; readonly problem: RegExp }[] = [
    { name: 'traceSamplingRatio', value: '1.5', problem: /was given "1.5"; allowed: a number from 0 to 1/ },
    { name: 'instances', value: '0', problem: /was given "0"; allowed: a whole number from 1 to 30/ },
    { name: 'instances', value: '31', problem: /was given "31"/ },
    { name: 'instances', value: 'three', problem: /was given "three"/ },
    { name: 'instances', value: '3.5', problem: /was given "3\.5"/ },
    { name: 'maxInstances', value: '31', problem: /from 1 to 30, not less than instances/ },
    { name: 'maxInstances', value: '2', problem: /not less than mcp-app-service:instances, which is 3/ },
    { name: 'zoneRedundant', value: 'yes', problem: /true \(needs at least 3 instances\) or false/ },
    { name: 'alertEmails', value: '["nobody"]', problem: /a list of distinct mail addresses/ },
    { name: 'alertEmails', value: '["a@example.com","A@example.com"]', problem: /distinct/ },
    { name: 'planSku', value: 'B1', problem: /was given "B1"; allowed: one of P0v3, P1v3/ },
    { name: 'logRetentionDays', value: '29', problem: /from 30 to 730/ },
    { name: 'softDeleteRetentionDays', value: '91', problem: /from 7 to 90/ },
    { name: 'allowedOrigins', value: 'https://inspector.example.com', problem: /a list of origins/ },
    { name: 'allowedOrigins', value: '["https://inspector.example.com/path"]', problem: /without path or wildcard/ },
    { name: 'allowedOrigins', value: '["*"]', problem: /without path or wildcard/ },
    { name: 'virtualNetworkPrefix', value: '10.64.0.0/16', problem: /a private range of 256 addresses such as 10\.64\.0\.0\/24/ },
    { name: 'virtualNetworkPrefix', value: '10.64.0.64/24', problem: /256 addresses/ },
    { name: 'virtualNetworkPrefix', value: '10.64.999.0/24', problem: /256 addresses/ },
    { name: 'virtualNetworkPrefix', value: '172.32.0.0/24', problem: /within 10\.0\.0\.0\/8/ },
    { name: 'privateEndpoints', value: 'yes', problem: /true \(vault and record/ },
    { name: 'egressFirewallIp', value: '', problem: /such as 10\.0\.1\.4, or none/ },
    { name: 'egressFirewallIp', value: 'firewall.example.com', problem: /the IPv4 address of a firewall/ },
    { name: 'allowedFrontDoorId', value: 'my-front-door', problem: /frontDoorId\), or none/ },
    { name: 'allowedInboundCidrs', value: '["0.0.0.0/0"]', problem: /at most 500 address ranges/ },
    { name: 'allowedInboundCidrs', value: '["203.0.113.7"]', problem: /203\.0\.113\.0\/24/ },
    { name: 'allowedInboundCidrs', value: '["203.0.113.0/33"]', problem: /\[\] for no restriction/ },
    { name: 'authorizationServer', value: 'both', problem: /was given "both"; allowed: entra \(.*\) or facade \(/ },
    { name: 'owner', value: 'two\nlines', problem: /one line/ },
    { name: 'repository', value: 'x'.repeat(257), problem: /1 to 256 characters/ },
    { name: 'stagingPackage', value: 'latest', problem: /64 lower-case hex digits/ },
    { name: 'stagingPackage', value: DIGEST.toUpperCase(), problem: /64 lower-case hex digits/ },
    { name: 'stagingPackage', value: `../${DIGEST}`, problem: /64 lower-case hex digits/ },
    { name: 'stagingPackage', value: `${DIGEST}.zip`, problem: /without \.zip/ },
  ];
  for (const { name, value, problem } of refused) {
    it(`refuses ${name} = ${JSON.stringify(value.slice(0, 40))}, naming the key, what was given and what is allowed`, () => {
      const problems = problemsOf('staging', { ...LOCATION, [`${PROJECT}:${name}`]: value });
      assert.equal(problems.length, 1);
      assert.ok(problems[0]?.startsWith(`${PROJECT}:${name} was given `), problems[0]);
      assert.match(problems[0] ?? '', problem);
    });
  }

  it('needs three instances in prod, and says so [program.instances]', () => {
    const [problem] = problemsOf('prod', { ...LOCATION, [`${PROJECT}:instances`]: '2' });
    assert.match(problem ?? '', /^mcp-app-service:instances was given "2"; allowed: a whole number from 3 to 30 \(stack "prod" never has fewer than 3\)\.$/);
    assert.equal(readSettings('staging', { ...LOCATION, [`${PROJECT}:instances`]: '1' }).instances, 1);
  });

  it('needs an instance for each zone, and as many instances at most as at least', () => {
    const given = (instances: string, more: Record<string, string>) => problemsOf('staging', { ...LOCATION, [`${PROJECT}:instances`]: instances, ...more });
    assert.deepEqual(given('2', { [`${PROJECT}:zoneRedundant`]: 'true' }), ['mcp-app-service:zoneRedundant was given "true"; it needs at least 3 instances, one for each zone, and mcp-app-service:instances is 2.']);
    assert.deepEqual(given('5', { [`${PROJECT}:maxInstances`]: '4' }), ['mcp-app-service:maxInstances was given "4"; allowed: not less than mcp-app-service:instances, which is 5.']);
    assert.equal(readSettings('staging', { ...LOCATION, [`${PROJECT}:instances`]: '5' }).maxInstances, 5);
  });

  it('takes exactly the whole numbers in range', () => {
    fc.assert(fc.property(fc.integer({ min: -50, max: 100 }), (instances) => {
      const accepted = (() => {
        try {
          return readSettings('prod', { ...LOCATION, [`${PROJECT}:instances`]: String(instances) }).instances === instances;
        } catch {
          return false;
        }
      })();
      assert.equal(accepted, instances >= 3 && instances <= 30);
    }));
  });

  it('needs a location', () => {
    assert.deepEqual(problemsOf('staging', {}), ['azure-native:location is not set; allowed: the short name of an Azure region, such as westeurope (see "az account list-locations").']);
    assert.match(problemsOf('staging', { 'azure-native:location': 'West Europe' })[0] ?? '', /was given "West Europe"/);
  });

  it('names all problems at once', () => {
    const problems = problemsOf('prod', { [`${PROJECT}:instances`]: '1', [`${PROJECT}:planSku`]: 'F1', [`${PROJECT}:instanses`]: '3' });
    assert.equal(problems.length, 4);
  });

  it('refuses an unknown key, and names the nearest one', () => {
    assert.match(problemsOf('staging', { ...LOCATION, [`${PROJECT}:instanses`]: '3' })[0] ?? '', /instanses is not a setting of this program, did you mean mcp-app-service:instances\?/);
    assert.doesNotMatch(problemsOf('staging', { ...LOCATION, [`${PROJECT}:quotaOfBananas`]: '3' })[0] ?? '', /did you mean/);
  });

  it('leaves the keys of other namespaces alone', () => {
    assert.equal(readSettings('staging', { ...LOCATION, 'azure-native:subscriptionId': 'x', 'pulumi:autonaming': '{}' }).instances, 3);
  });

  it('never quotes a secret', () => {
    const short = 'c2VjcmV0';
    for (const [configuration, isSecret] of [
      [{ [`${PROJECT}:requestStateKey`]: short }, undefined],
      [{ [`${PROJECT}:owner`]: `${short}\n` + 'x'.repeat(300) }, (key: string) => key === `${PROJECT}:owner`],
    ] as const) {
      const [problem] = problemsOf('staging', { ...LOCATION, ...configuration }, isSecret);
      assert.match(problem ?? '', /was given a value of \d+ characters \(not shown\); allowed: /);
      assert.ok(!problem?.includes(short));
    }
  });

  it('refuses the name of a stack that no resource can be named for', () => {
    assert.match(problemsOf('9lives', LOCATION)[0] ?? '', /^the name of the stack, "9lives"/);
  });
});

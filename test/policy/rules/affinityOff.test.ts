import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { affinityOff } from '../../../policy/rules/affinityOff.ts';
import { resourceOf, UNKNOWN_BOOLEAN, UNKNOWN_STRING } from '../resources.ts';

const SWITCH = 'clientAffinityEnabled';

const NATIVE = [
  'azure-native:web:WebApp', 'azure-native:web:WebAppSlot',
  'azure-native:web/v20150801:WebApp', 'azure-native:web/v20230101:WebAppSlot', 'azure-native:web/v20250501:WebApp', 'azure-native:web/v20260301preview:WebAppSlot',
  'azure-native_web_v20240401:web:WebApp', 'azure-native_web_v20240401:web:WebAppSlot', 'azure-native_web_v20240401:web/v20240401:WebApp',
];
/** An omitted value leaves affinity off. */
const CLASSIC_OFF = [
  'azure:appservice/linuxWebApp:LinuxWebApp', 'azure:appservice/linuxWebAppSlot:LinuxWebAppSlot',
  'azure:appservice/windowsWebApp:WindowsWebApp', 'azure:appservice/windowsWebAppSlot:WindowsWebAppSlot',
];
/** An omitted value is left to the service. */
const CLASSIC_ON = [
  'azure:appservice/appService:AppService', 'azure:appservice/slot:Slot',
  'azure:appservice/functionApp:FunctionApp', 'azure:appservice/functionAppSlot:FunctionAppSlot', 'azure:logicapps/standard:Standard',
];

function findingsOn(type: string, props: Record<string, unknown>): readonly string[] {
  const verdict = affinityOff.judge(resourceOf(type, props));
  assert.ok(verdict.concerns, `${type} is not judged.`);
  return verdict.findings;
}

describe('affinity-off [policy.every-form]', () => {
  for (const type of [...NATIVE, ...CLASSIC_OFF, ...CLASSIC_ON]) {
    it(`judges ${type}`, () => {
      assert.deepEqual(findingsOn(type, { [SWITCH]: false }), []);
      assert.deepEqual(findingsOn(type, { [SWITCH]: true }), [`${SWITCH} is true; only false is allowed. Set ${SWITCH}: false.`]);
      for (const unknown of [UNKNOWN_BOOLEAN, UNKNOWN_STRING]) {
        assert.deepEqual(findingsOn(type, { [SWITCH]: unknown }), [`${SWITCH} is not known before the change is made, so that it may turn out to be on; only false is allowed. Set ${SWITCH}: false.`]);
      }
    });
  }

  for (const type of [...NATIVE, ...CLASSIC_ON]) {
    it(`takes an omitted value of ${type} for on`, () => {
      for (const props of [{}, { [SWITCH]: null }, { [SWITCH]: undefined }]) {
        assert.deepEqual(findingsOn(type, props), [`${SWITCH} is left out, and App Service then switches it on; only false is allowed. Set ${SWITCH}: false.`]);
      }
    });
  }

  for (const type of CLASSIC_OFF) {
    it(`takes an omitted value of ${type} for off`, () => {
      assert.deepEqual(findingsOn(type, {}), []);
    });
  }

  for (const name of ['clientAffinityProxyEnabled', 'clientAffinityPartitioningEnabled']) {
    it(`lets ${name} be off or absent, and nothing else`, () => {
      for (const type of NATIVE) {
        assert.deepEqual(findingsOn(type, { [SWITCH]: false, [name]: false }), []);
        assert.deepEqual(findingsOn(type, { [SWITCH]: false, [name]: true }), [`${name} is true; only false is allowed. Set ${name}: false.`]);
        assert.equal(findingsOn(type, { [SWITCH]: false, [name]: UNKNOWN_BOOLEAN }).length, 1);
      }
    });
  }

  it('reports every switch that is on', () => {
    assert.equal(findingsOn('azure-native:web:WebApp', { [SWITCH]: true, clientAffinityProxyEnabled: true, clientAffinityPartitioningEnabled: true }).length, 3);
  });

  it('quotes no value', () => {
    for (const value of ['false', 'hunter2', 0, { deep: 'hunter2' }]) {
      const findings = findingsOn('azure-native:web:WebApp', { [SWITCH]: value, siteConfig: { appSettings: 'hunter2' } });
      assert.deepEqual(findings, [`${SWITCH} is not a boolean; only false is allowed. Set ${SWITCH}: false.`]);
    }
  });

  it('has nothing to say about other resources, even when nothing of them is known', () => {
    for (const type of ['azure-native:web:AppServicePlan', 'azure-native:web:WebAppApplicationSettings', 'azure:appservice/linuxFunctionApp:LinuxFunctionApp']) {
      assert.deepEqual(affinityOff.judge(resourceOf(type, { [SWITCH]: UNKNOWN_BOOLEAN })), { concerns: false, reason: 'The resource is no App Service site or slot.' });
    }
  });

  it('is mandatory', () => {
    assert.equal(affinityOff.enforcementLevel, 'mandatory');
  });
});

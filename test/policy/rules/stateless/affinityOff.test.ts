import { testResourceRule } from '../../ruleTable.ts';
import { UNKNOWN_BOOLEAN, UNKNOWN_STRING } from '../../resources.ts';
import { affinityOff } from '../../../../policy/rules/stateless/affinityOff.ts';
import assert from 'node:assert/strict';
import { it } from 'node:test';

const SWITCH = 'clientAffinityEnabled';
const OFF = { [SWITCH]: false };
const wrong = (name: string): RegExp => new RegExp(`^${name} has a value that is not allowed\\. Allowed: false\\.$`);
const omitted = /^clientAffinityEnabled is left out: App Service then switches it on\. Allowed: false\.$/;
const unknown = (name: string): RegExp => new RegExp(`^${name} was not judged: .* Allowed: false\\.`);

/** azure-native: the service's default for an omitted value is on; only the TypeScript SDK fills in false. */
testResourceRule(affinityOff, {
  types: ['azure-native:web:WebApp', 'azure-native:web:WebAppSlot'],
  others: ['azure-native:web:AppServicePlan', 'azure-native:web:WebAppApplicationSettings', 'azure:appservice/linuxFunctionApp:LinuxFunctionApp'],
  passes: { off: OFF, 'all of them off': { ...OFF, clientAffinityProxyEnabled: false, clientAffinityPartitioningEnabled: false } },
  fails: {
    on: [{ [SWITCH]: true }, wrong(SWITCH)],
    omitted: [{}, omitted],
    null: [{ [SWITCH]: null }, omitted],
    'a text': [{ [SWITCH]: 'false' }, wrong(SWITCH)],
    'the proxy': [{ ...OFF, clientAffinityProxyEnabled: true }, wrong('clientAffinityProxyEnabled')],
    partitioning: [{ ...OFF, clientAffinityPartitioningEnabled: true }, wrong('clientAffinityPartitioningEnabled')],
    'every switch': [{ [SWITCH]: true, clientAffinityProxyEnabled: true, clientAffinityPartitioningEnabled: true }, [wrong(SWITCH), wrong('clientAffinityProxyEnabled'), wrong('clientAffinityPartitioningEnabled')]],
  },
  unknown: {
    switch: [{ [SWITCH]: UNKNOWN_BOOLEAN }, unknown(SWITCH)],
    'as a text': [{ [SWITCH]: UNKNOWN_STRING }, unknown(SWITCH)],
    'the proxy': [{ ...OFF, clientAffinityProxyEnabled: UNKNOWN_BOOLEAN }, unknown('clientAffinityProxyEnabled')],
  },
  remediates: { on: [{ [SWITCH]: true, clientAffinityProxyEnabled: true, kind: 'app' }, { ...OFF, clientAffinityProxyEnabled: false, kind: 'app' }], omitted: [{}, OFF], off: [OFF, OFF] },
});

/** The classic provider, where an omitted value is left to the service. */
testResourceRule(affinityOff, {
  types: ['azure:appservice/appService:AppService', 'azure:appservice/slot:Slot', 'azure:appservice/functionApp:FunctionApp', 'azure:appservice/functionAppSlot:FunctionAppSlot', 'azure:logicapps/standard:Standard'],
  passes: { off: OFF },
  fails: { on: [{ [SWITCH]: true }, wrong(SWITCH)], omitted: [{}, omitted] },
  unknown: { switch: [{ [SWITCH]: UNKNOWN_BOOLEAN }, unknown(SWITCH)] },
  remediates: { on: [{ [SWITCH]: true }, OFF] },
});

/** The classic provider, where it sends false for an omitted value. */
testResourceRule(affinityOff, {
  types: ['azure:appservice/linuxWebApp:LinuxWebApp', 'azure:appservice/linuxWebAppSlot:LinuxWebAppSlot', 'azure:appservice/windowsWebApp:WindowsWebApp', 'azure:appservice/windowsWebAppSlot:WindowsWebAppSlot'],
  passes: { off: OFF, omitted: {} },
  fails: { on: [{ [SWITCH]: true }, wrong(SWITCH)] },
  unknown: { switch: [{ [SWITCH]: UNKNOWN_BOOLEAN }, unknown(SWITCH)] },
  remediates: { on: [{ [SWITCH]: true }, OFF] },
});

it('affinity-off judges every form of site and slot, stops the change and blocks what is unknown [policy.every-form]', () => {
  assert.deepEqual([affinityOff.enforcementLevel, affinityOff.blocksOnUnknown], ['mandatory', true]);
});

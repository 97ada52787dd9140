import { telemetryEntraOnly } from '../../../../policy/rules/security/telemetryEntraOnly.ts';
import { UNKNOWN_BOOLEAN, UNKNOWN_STRING } from '../../resources.ts';
import { testResourceRule } from '../../ruleTable.ts';

testResourceRule(telemetryEntraOnly, {
  types: ['azure-native:applicationinsights:Component', 'azure-native:insights:Component'],
  others: ['azure-native:insights:MetricAlert'],
  passes: { off: { disableLocalAuth: true } },
  fails: { on: [{ disableLocalAuth: false }, /^disableLocalAuth has a value/], omitted: [{}, /^disableLocalAuth is left out: whoever has the connection string/] },
  unknown: { value: [{ disableLocalAuth: UNKNOWN_BOOLEAN }, /^disableLocalAuth was not judged/] },
});

testResourceRule(telemetryEntraOnly, {
  types: ['azure-native:operationalinsights:Workspace'],
  passes: { off: { features: { disableLocalAuth: true } } },
  fails: { on: [{ features: { disableLocalAuth: false } }, /^features\.disableLocalAuth has a value/], omitted: [{}, /^features\.disableLocalAuth is left out/] },
  unknown: { value: [{ features: { disableLocalAuth: UNKNOWN_BOOLEAN } }, /was not judged/], all: [{ features: UNKNOWN_STRING }, /was not judged/] },
});

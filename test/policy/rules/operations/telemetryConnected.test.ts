import { telemetryConnected } from '../../../../policy/rules/operations/telemetryConnected.ts';
import { UNKNOWN_STRING } from '../../resources.ts';
import { testResourceRule } from '../../ruleTable.ts';

testResourceRule(telemetryConnected, {
  types: ['azure-native:web:WebAppApplicationSettings', 'azure-native:web:WebAppApplicationSettingsSlot'],
  others: ['azure-native:web:WebApp'],
  passes: { set: { properties: { APPLICATIONINSIGHTS_CONNECTION_STRING: 'InstrumentationKey=k' } } },
  fails: { omitted: [{ properties: {} }, /^APPLICATIONINSIGHTS_CONNECTION_STRING is left out or empty/], empty: [{ properties: { APPLICATIONINSIGHTS_CONNECTION_STRING: '' } }, /left out or empty/] },
  unknown: { value: [{ properties: { APPLICATIONINSIGHTS_CONNECTION_STRING: UNKNOWN_STRING } }, /was not judged/], all: [{ properties: UNKNOWN_STRING }, /was not judged/] },
});

testResourceRule(telemetryConnected, {
  types: ['azure-native:applicationinsights:Component', 'azure-native:insights:Component'],
  passes: { workspace: { workspaceResourceId: '/subscriptions/s/workspaces/w' }, explicit: { workspaceResourceId: '/w', ingestionMode: 'LogAnalytics' } },
  fails: { outside: [{ workspaceResourceId: '/w', ingestionMode: 'ApplicationInsights' }, /^ingestionMode has a value/], omitted: [{}, /^workspaceResourceId is left out/] },
  unknown: { workspace: [{ workspaceResourceId: UNKNOWN_STRING }, /^workspaceResourceId was not judged/] },
});

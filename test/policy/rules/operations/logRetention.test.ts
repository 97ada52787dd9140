import { logRetention } from '../../../../policy/rules/operations/logRetention.ts';
import { UNKNOWN_STRING } from '../../resources.ts';
import { testResourceRule } from '../../ruleTable.ts';

testResourceRule(logRetention, {
  types: ['azure-native:operationalinsights:Workspace'],
  settings: { minimumDays: 90 },
  passes: { enough: { retentionInDays: 90 } },
  fails: { short: [{ retentionInDays: 89 }, /^retentionInDays has a value that is not allowed\. Allowed: at least 90 days/], omitted: [{}, /^retentionInDays is left out/] },
  unknown: { days: [{ retentionInDays: UNKNOWN_STRING }, /^retentionInDays was not judged/] },
});

testResourceRule(logRetention, {
  types: ['azure-native:operationalinsights:Workspace'],
  passes: { 'the default': { retentionInDays: 30 } },
  fails: { short: [{ retentionInDays: 29 }, /Allowed: at least 30 days/] },
  unknown: {},
});

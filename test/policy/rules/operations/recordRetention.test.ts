import { recordRetention } from '../../../../policy/rules/operations/recordRetention.ts';
import { UNKNOWN_BOOLEAN, UNKNOWN_STRING, part } from '../../resources.ts';
import { testStackRule } from '../../ruleTable.ts';

const site = part('azure-native:web:WebApp', 'site');
const container = part('azure-native:storage:BlobContainer', 'c', { containerName: 'audit' });
const heads = part('azure-native:storage:BlobContainer', 'h', { containerName: 'anchors' });
const kept = part('azure-native:storage:BlobContainerImmutabilityPolicy', 'keep-heads', { immutabilityPeriodSinceCreationInDays: 30, allowProtectedAppendWrites: true }, { containerName: ['h'] });
const policy = (props: object) => part('azure-native:storage:BlobContainerImmutabilityPolicy', 'keep', { immutabilityPeriodSinceCreationInDays: 30, allowProtectedAppendWrites: true, ...props }, { containerName: ['c'] });

testStackRule(recordRetention, {
  settings: { minimumDays: 30 },
  passes: { kept: [site, container, policy({}), heads, kept], 'by the name of Azure': [site, container, policy({}), part('azure-native:storage:BlobContainer', 'h', { name: 'anchors' }), kept] },
  fails: {
    'no container': [[site], [/^The stack has no container "audit"/, /no container "anchors"/]],
    'heads that can go': [[site, container, policy({}), heads], /^storage:BlobContainer "h" has no retention policy/],
    'no policy': [[site, container, heads, kept], /^storage:BlobContainer "c" has no retention policy/],
    short: [[site, container, policy({ immutabilityPeriodSinceCreationInDays: 29 }), heads, kept], /immutabilityPeriodSinceCreationInDays is too small or left out\. Allowed: at least 30/],
    'not to be extended': [[site, container, policy({ allowProtectedAppendWrites: false }), heads, kept], /allowProtectedAppendWrites is not true/],
  },
  unknown: { days: [[site, container, policy({ immutabilityPeriodSinceCreationInDays: UNKNOWN_STRING }), heads, kept], /immutabilityPeriodSinceCreationInDays was not judged/], append: [[site, container, policy({ allowProtectedAppendWrites: UNKNOWN_BOOLEAN }), heads, kept], /allowProtectedAppendWrites was not judged/] },
  notConcerned: { 'no site': [container] },
});

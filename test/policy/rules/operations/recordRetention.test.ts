import { recordRetention } from '../../../../policy/rules/operations/recordRetention.ts';
import { UNKNOWN_BOOLEAN, UNKNOWN_STRING, part } from '../../resources.ts';
import { testStackRule } from '../../ruleTable.ts';

const site = part('azure-native:web:WebApp', 'site');
const container = part('azure-native:storage:BlobContainer', 'c', { containerName: 'audit' });
const policy = (props: object) => part('azure-native:storage:BlobContainerImmutabilityPolicy', 'keep', { immutabilityPeriodSinceCreationInDays: 30, allowProtectedAppendWrites: true, ...props }, { containerName: ['c'] });

testStackRule(recordRetention, {
  settings: { minimumDays: 30 },
  passes: { kept: [site, container, policy({})] },
  fails: {
    'no container': [[site], /^The stack has no container "audit"/],
    'no policy': [[site, container], /^storage:BlobContainer "c" has no retention policy/],
    short: [[site, container, policy({ immutabilityPeriodSinceCreationInDays: 29 })], /immutabilityPeriodSinceCreationInDays is too small or left out\. Allowed: at least 30/],
    'not to be extended': [[site, container, policy({ allowProtectedAppendWrites: false })], /allowProtectedAppendWrites is not true/],
  },
  unknown: { days: [[site, container, policy({ immutabilityPeriodSinceCreationInDays: UNKNOWN_STRING })], /immutabilityPeriodSinceCreationInDays was not judged/], append: [[site, container, policy({ allowProtectedAppendWrites: UNKNOWN_BOOLEAN })], /allowProtectedAppendWrites was not judged/] },
  notConcerned: { 'no site': [container] },
});

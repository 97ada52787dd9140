import { storageSoftDelete } from '../../../../policy/rules/security/storageSoftDelete.ts';
import { UNKNOWN_STRING, part } from '../../resources.ts';
import { testStackRule } from '../../ruleTable.ts';

const account = part('azure-native:storage:StorageAccount', 'account');
const kept = (days: unknown = 30, enabled: unknown = true) => ({ enabled, days });
const service = (props: object) => part('azure-native:storage:BlobServiceProperties', 'service', { deleteRetentionPolicy: kept(), containerDeleteRetentionPolicy: kept(), ...props }, { accountName: ['account'] });

testStackRule(storageSoftDelete, {
  settings: { minimumDays: 30 },
  passes: { kept: [account, service({})] },
  fails: {
    nothing: [[account], /^storage:StorageAccount "account" keeps nothing of what is deleted/],
    'of another account': [[account, part('azure-native:storage:StorageAccount', 'other'), service({})], /"other" keeps nothing/],
    'blobs off': [[account, service({ deleteRetentionPolicy: kept(30, false) })], /^storage:BlobServiceProperties "service": deleteRetentionPolicy\.enabled has a value/],
    'containers left out': [[account, service({ containerDeleteRetentionPolicy: undefined })], [/containerDeleteRetentionPolicy\.enabled is left out/, /containerDeleteRetentionPolicy\.days is left out/]],
    short: [[account, service({ deleteRetentionPolicy: kept(29) })], /deleteRetentionPolicy\.days has a value that is not allowed\. Allowed: at least 30 days/],
  },
  unknown: { days: [[account, service({ deleteRetentionPolicy: kept(UNKNOWN_STRING) })], /deleteRetentionPolicy\.days was not judged/] },
  notConcerned: { 'no account': [service({})] },
});

import { storageNoPublicBlobs } from '../../../../policy/rules/security/storageNoPublicBlobs.ts';
import { UNKNOWN_BOOLEAN, UNKNOWN_STRING } from '../../resources.ts';
import { testResourceRule } from '../../ruleTable.ts';

testResourceRule(storageNoPublicBlobs, {
  types: ['azure-native:storage:StorageAccount'],
  passes: { off: { allowBlobPublicAccess: false } },
  fails: { on: [{ allowBlobPublicAccess: true }, /^allowBlobPublicAccess has a value/], omitted: [{}, /^allowBlobPublicAccess is left out/] },
  unknown: { value: [{ allowBlobPublicAccess: UNKNOWN_BOOLEAN }, /^allowBlobPublicAccess was not judged/] },
});

testResourceRule(storageNoPublicBlobs, {
  types: ['azure-native:storage:BlobContainer'],
  passes: { private: { publicAccess: 'None' }, omitted: {} },
  fails: { blobs: [{ publicAccess: 'Blob' }, /^publicAccess has a value that is not allowed\. Allowed: "None"/] },
  unknown: { value: [{ publicAccess: UNKNOWN_STRING }, /^publicAccess was not judged/] },
});

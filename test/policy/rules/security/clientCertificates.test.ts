import { clientCertificates } from '../../../../policy/rules/security/clientCertificates.ts';
import { UNKNOWN_BOOLEAN, UNKNOWN_STRING } from '../../resources.ts';
import { testResourceRule } from '../../ruleTable.ts';

const REQUIRED = { clientCertEnabled: true, clientCertMode: 'Required' };

testResourceRule(clientCertificates, {
  types: ['azure-native:web:WebApp', 'azure-native:web:WebAppSlot'],
  others: ['azure-native:web:AppServicePlan', 'azure-native:web:WebAppApplicationSettings'],
  passes: { 'not asked for': {}, off: { clientCertEnabled: false, clientCertMode: 'Optional' }, required: REQUIRED, 'no paths': { ...REQUIRED, clientCertExclusionPaths: '' } },
  fails: {
    optional: [{ clientCertEnabled: true, clientCertMode: 'Optional' }, /^clientCertEnabled is true, and clientCertMode does not require a certificate/],
    'without mode': [{ clientCertEnabled: true }, /clientCertMode does not require/],
    'but for a path': [{ ...REQUIRED, clientCertExclusionPaths: '/mcp' }, /^clientCertExclusionPaths lets paths in without a certificate/],
  },
  unknown: { switch: [{ clientCertEnabled: UNKNOWN_BOOLEAN }, /^clientCertEnabled was not judged/], mode: [{ clientCertEnabled: true, clientCertMode: UNKNOWN_STRING }, /^clientCertMode was not judged/] },
});

import { clientAddressesMasked } from '../../../../policy/rules/security/clientAddressesMasked.ts';
import { UNKNOWN_BOOLEAN } from '../../resources.ts';
import { testResourceRule } from '../../ruleTable.ts';

testResourceRule(clientAddressesMasked, {
  types: ['azure-native:applicationinsights:Component', 'azure-native:insights:Component'],
  passes: { omitted: {}, set: { disableIpMasking: false } },
  fails: { kept: [{ disableIpMasking: true }, /^disableIpMasking has a value that is not allowed/] },
  unknown: { value: [{ disableIpMasking: UNKNOWN_BOOLEAN }, /^disableIpMasking was not judged/] },
  remediates: { kept: [{ disableIpMasking: true }, { disableIpMasking: false }] },
});

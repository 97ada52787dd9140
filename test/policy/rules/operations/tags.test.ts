import { tags } from '../../../../policy/rules/operations/tags.ts';
import { UNKNOWN_STRING } from '../../resources.ts';
import { testResourceRule } from '../../ruleTable.ts';

const TAGS = { owner: 'o', stack: 's', repository: 'r', project: 'p' };

testResourceRule(tags, {
  types: ['azure-native:web:WebApp', 'azure-native:web:WebAppSlot', 'azure-native:keyvault:Vault', 'azure-native:resources:ResourceGroup', 'azure-native:keyvault:Key', 'azure-native:applicationinsights:WebTest'],
  others: ['azure-native:authorization:RoleAssignment', 'azure-native:web:WebAppApplicationSettings'],
  passes: { all: { tags: TAGS }, more: { tags: { ...TAGS, cost: 'x' } } },
  fails: { one: [{ tags: { ...TAGS, owner: undefined } }, /^tags\.owner is left out or empty/], empty: [{ tags: { ...TAGS, stack: ' ' } }, /^tags\.stack/], none: [{}, [/owner/, /stack/, /repository/, /project/]] },
  unknown: { one: [{ tags: { ...TAGS, owner: UNKNOWN_STRING } }, /^tags\.owner was not judged/], all: [{ tags: UNKNOWN_STRING }, /^tags was not judged/] },
});

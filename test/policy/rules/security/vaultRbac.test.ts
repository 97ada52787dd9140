import { vaultRbac } from '../../../../policy/rules/security/vaultRbac.ts';
import { UNKNOWN_BOOLEAN, UNKNOWN_STRING } from '../../resources.ts';
import { testResourceRule } from '../../ruleTable.ts';

testResourceRule(vaultRbac, {
  types: ['azure-native:keyvault:Vault'],
  passes: { set: { properties: { enableRbacAuthorization: true } }, 'the rest set': { properties: { enableRbacAuthorization: true, enabledForDeployment: false, enabledForDiskEncryption: false, enabledForTemplateDeployment: false } } },
  fails: {
    explicit: [{ properties: { enableRbacAuthorization: false } }, /^properties\.enableRbacAuthorization has a value that is not allowed\. Allowed: /],
    'by deployments': [{ properties: { enableRbacAuthorization: true, enabledForDeployment: true, enabledForDiskEncryption: true, enabledForTemplateDeployment: true } }, [/^properties\.enabledForDeployment has/, /enabledForDiskEncryption/, /enabledForTemplateDeployment/]],
    omitted: [{}, /^properties\.enableRbacAuthorization is left out: /],
  },
  unknown: { value: [{ properties: { enableRbacAuthorization: UNKNOWN_BOOLEAN } }, /^properties\.enableRbacAuthorization was not judged/], 'all around it': [{ properties: UNKNOWN_STRING }, [/^properties\.enableRbacAuthorization was not judged/, /enabledForDeployment/, /enabledForDiskEncryption/, /enabledForTemplateDeployment/]] },
});

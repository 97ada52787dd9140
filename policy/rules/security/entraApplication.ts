import { inputRule } from '../../inputRule.ts';
import { mustBeOneOf } from '../../requirement.ts';

/** Tokens of other tenants, and of version 1 with its other issuer and audience, are none that the server checks for. */
export const entraApplication = inputRule({
  name: 'entra-application',
  displayName: 'Single tenant, tokens of version 2',
  description: 'Applications in Entra are for one tenant and get access tokens of version 2.',
  group: 'security',
  severity: 'high',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: true,
  controls: {},
  remediationSteps: 'Set signInAudience: AzureADMyOrg and api.requestedAccessTokenVersion: 2 on the application.',
  url: 'https://learn.microsoft.com/entra/identity-platform/reference-app-manifest',
  concerns: ['azuread:Application'],
  requires: [
    mustBeOneOf('signInAudience', ['AzureADMyOrg'], { passes: 'the provider sends AzureADMyOrg' }),
    { input: 'api.requestedAccessTokenVersion', allowed: '2', accepts: (value) => value === 2, omitted: { violates: 'Entra then issues tokens of version 1' } },
  ],
});

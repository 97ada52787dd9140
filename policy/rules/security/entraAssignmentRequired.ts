import { inputRule } from '../../inputRule.ts';
import { mustBe } from '../../requirement.ts';

/** What Entra refuses never reaches the server: whoever was assigned nothing gets no token. */
export const entraAssignmentRequired = inputRule({
  name: 'entra-assignment-required',
  displayName: 'Assignment required',
  description: 'Entra issues tokens for the server to those alone who were assigned a role.',
  group: 'security',
  severity: 'high',
  enforcementLevel: 'mandatory',
  blocksOnUnknown: true,
  controls: {},
  remediationSteps: 'Set appRoleAssignmentRequired: true on the service principal.',
  url: 'https://learn.microsoft.com/entra/identity-platform/howto-restrict-your-app-to-a-set-of-users',
  concerns: ['azuread:ServicePrincipal'],
  requires: [mustBe('appRoleAssignmentRequired', true, { violates: 'everyone of the tenant then gets a token' })],
});

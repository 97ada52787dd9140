import assert from 'node:assert/strict';
import { createLocalJWKSet } from 'jose';
import { before, describe, it } from 'node:test';
import { decideAccess, type AccessDecision, type AccessTarget } from '../../../app/access/decideAccess.ts';
import { createAccessTokenVerifier } from '../../../app/access/verifyAccessToken.ts';
import { CLIENT_ID, createAuthority, TENANT_ID, type TestAuthority } from '../support/authority.ts';

const TODAY = '2026-11-25';
const access = { role: 'Tools.whoami', scope: 'whoami' };
const review = { reviewer: 'reviewers', reviewedOn: '2026-11-24', reviewDueOn: '2027-11-24' };
const tools = {
  'a tool': { access, lifecycle: { stage: 'stable', ...review } },
  'an experimental tool': { access, lifecycle: { stage: 'experimental' } },
  'a deprecated tool': { access, lifecycle: { stage: 'deprecated', ...review, sunsetOn: '2026-11-26' } },
  'a tool on its sunset day': { access, lifecycle: { stage: 'deprecated', ...review, sunsetOn: TODAY } },
  'a retired tool': { access, lifecycle: { stage: 'deprecated', ...review, sunsetOn: '2025-12-31' } },
  'a disabled tool': { access, lifecycle: { stage: 'disabled', ...review } },
  'an unknown tool': undefined,
  'a prompt': { access },
} satisfies Record<string, AccessTarget | undefined>;

const byRole: AccessDecision = { allowed: true, role: 'Tools.whoami' };
const byRoleAndScope: AccessDecision = { ...byRole, scope: 'whoami' };
const byUmbrella: AccessDecision = { allowed: true, role: 'Mcp.CallAllTools' };
const roleMissing: AccessDecision = { allowed: false, code: 'MCP_ROLE_MISSING' };
const scopeMissing: AccessDecision = { allowed: false, code: 'MCP_SCOPE_MISSING', scopes: ['whoami'] };
const unknown: AccessDecision = { allowed: false, code: 'MCP_TOOL_UNKNOWN' };
const retired: AccessDecision = { allowed: false, code: 'MCP_TOOL_RETIRED' };

/** Claims by which Entra tells who acts. Source: learn.microsoft.com, "Access token claims reference" and "Agent token claims". */
const app = { idtyp: 'app', roles: ['Tools.whoami'] };
const person = { idtyp: 'user', roles: ['Tools.whoami'], scp: 'whoami' };
const agent = { ...app, xms_act_fct: '11', xms_par_app_azp: '66666666-6666-4666-8666-666666666666' };
const agentForPerson = { ...person, xms_act_fct: '3 11' };
const agentUser = { ...person, xms_act_fct: '11', xms_sub_fct: '13' };
const umbrella = { roles: ['Mcp.CallAllTools'] };

type Row = readonly [who: string, claims: Readonly<Record<string, unknown>>, what: keyof typeof tools, decision: AccessDecision];
const table: readonly Row[] = [
  ['an app with the role', app, 'a tool', byRole],
  ['an app without a role', { ...app, roles: [] }, 'a tool', roleMissing],
  ['an app without the claim', { ...app, roles: undefined }, 'a tool', roleMissing],
  ['an app with the role of another tool', { ...app, roles: ['Tools.lookup_fact'] }, 'a tool', roleMissing],
  ['an app with the scope as a role', { ...app, roles: ['whoami'] }, 'a tool', roleMissing],
  ['an app with the umbrella role', { ...app, ...umbrella }, 'a tool', byUmbrella],

  ['a person with role and scope', person, 'a tool', byRoleAndScope],
  ['a person whose token has no idtyp', { ...person, idtyp: undefined }, 'a tool', byRoleAndScope],
  ['a person with the scope alone', { ...person, roles: [] }, 'a tool', roleMissing],
  ['a person with the role and no scope of this server', { ...person, scp: 'email' }, 'a tool', scopeMissing],
  ['a person with the baseline scope', { ...person, scp: 'mcp.access' }, 'a tool', scopeMissing],
  ['a person with the scopes of other tools', { ...person, scp: 'whoami2 lookup_fact' }, 'a tool', scopeMissing],
  ['a person in another letter case', { ...person, roles: ['tools.whoami'], scp: 'WHOAMI' }, 'a tool', roleMissing],
  ['a person with the umbrella role and the scope', { ...person, ...umbrella }, 'a tool', { ...byUmbrella, scope: 'whoami' }],
  ['a person with the umbrella role alone', { ...person, ...umbrella, scp: 'mcp.access' }, 'a tool', scopeMissing],

  ['an agent identity with the role', agent, 'a tool', byRole],
  ['an agent identity without a role', { ...agent, roles: [] }, 'a tool', roleMissing],
  ['an agent identity with the umbrella role', { ...agent, ...umbrella }, 'a tool', byUmbrella],
  ['an agent identity that acts for a person', agentForPerson, 'a tool', byRoleAndScope],
  ['an agent identity that acts for a person without the role', { ...agentForPerson, roles: [] }, 'a tool', roleMissing],
  ['an agent identity that acts for a person without the scope', { ...agentForPerson, scp: 'mcp.access' }, 'a tool', scopeMissing],
  ['an agent\'s user account with role and scope', agentUser, 'a tool', byRoleAndScope],
  ['an agent\'s user account without the role', { ...agentUser, roles: [] }, 'a tool', roleMissing],
  ['an agent\'s user account without the scope', { ...agentUser, scp: 'mcp.access' }, 'a tool', scopeMissing],
  ['an agent\'s user account with the umbrella role alone', { ...agentUser, ...umbrella, scp: 'mcp.access' }, 'a tool', scopeMissing],

  ['an app with the role', app, 'an experimental tool', byRole],
  ['an app with the role', app, 'a deprecated tool', byRole],
  ['a person without the scope', { ...person, scp: 'mcp.access' }, 'a deprecated tool', scopeMissing],
  ['an app with the role', app, 'a tool on its sunset day', retired],
  ['an app with the role', app, 'a retired tool', retired],
  ['an app with the umbrella role', { ...app, ...umbrella }, 'a retired tool', retired],
  ['an app without a role', { ...app, roles: [] }, 'a retired tool', roleMissing],
  ['a person with role and scope', person, 'a retired tool', retired],
  ['a person without the scope', { ...person, scp: 'mcp.access' }, 'a retired tool', retired],
  ['an agent\'s user account', agentUser, 'a retired tool', retired],

  ['an app with the role', app, 'a disabled tool', unknown],
  ['an app without a role', { ...app, roles: [] }, 'a disabled tool', unknown],
  ['an app with the umbrella role', { ...app, ...umbrella }, 'a disabled tool', unknown],
  ['an app with the umbrella role', { ...app, ...umbrella }, 'an unknown tool', unknown],
  ['a person without a role', { ...person, roles: [] }, 'an unknown tool', unknown],
  ['an agent identity', agent, 'an unknown tool', unknown],

  ['an app with the role', app, 'a prompt', byRole],
  ['a person without the scope', { ...person, scp: 'mcp.access' }, 'a prompt', scopeMissing],
];

/** From the claims of a token on: what is decided on is what the verifier makes of them. */
describe('decideAccess [access.decision]', () => {
  let authority: TestAuthority;
  let verify: ReturnType<typeof createAccessTokenVerifier>;
  before(async () => {
    authority = await createAuthority();
    const findKey = createLocalJWKSet(authority.keySet);
    verify = createAccessTokenVerifier({ tenantId: TENANT_ID, clientId: CLIENT_ID, authorityHost: 'https://login.microsoftonline.com', findKey });
  });

  for (const [who, claims, what, decision] of table) {
    it(`${decision.allowed ? 'opens' : 'closes'} ${what} to ${who}${decision.allowed ? '' : `: ${decision.code}`}`, async () => {
      const { principal } = await verify(await authority.appToken(claims));
      assert.deepEqual(decideAccess(principal, tools[what], () => TODAY), decision);
    });
  }

  it('asks for the day for deprecated tools alone', async () => {
    const { principal } = await verify(await authority.appToken(app));
    const noDay = (): string => assert.fail('it asked for the day');
    for (const what of ['a tool', 'an experimental tool', 'a disabled tool', 'an unknown tool', 'a prompt'] as const) decideAccess(principal, tools[what], noDay);
    assert.throws(() => decideAccess(principal, tools['a deprecated tool'], noDay), /it asked for the day/);
  });
});

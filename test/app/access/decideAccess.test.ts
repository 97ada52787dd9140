import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decideAccess, type AccessDecision } from '../../../app/access/decideAccess.ts';

const access = { role: 'Tools.whoami', scope: 'whoami' };
const allowed: AccessDecision = { allowed: true, role: 'Tools.whoami' };
const allowedToUser: AccessDecision = { ...allowed, scope: 'whoami' };
const roleMissing: AccessDecision = { allowed: false, code: 'MCP_ROLE_MISSING' };
const scopeMissing: AccessDecision = { allowed: false, code: 'MCP_SCOPE_MISSING', scopes: ['whoami'] };

describe('decideAccess', () => {
  const table: [who: string, principal: Parameters<typeof decideAccess>[0], decision: AccessDecision][] = [
    ['an app with the role', { kind: 'app', roles: ['Tools.whoami'], scopes: [] }, allowed],
    ['an app without a role', { kind: 'app', roles: [], scopes: [] }, roleMissing],
    ['an app with the role of another tool', { kind: 'app', roles: ['Tools.lookup_fact'], scopes: [] }, roleMissing],
    ['an app with the scope as a role', { kind: 'app', roles: ['whoami'], scopes: [] }, roleMissing],
    ['a person with role and scope', { kind: 'user', roles: ['Tools.whoami'], scopes: ['whoami'] }, allowedToUser],
    ['a person with the scope alone', { kind: 'user', roles: [], scopes: ['whoami'] }, roleMissing],
    ['a person with the role alone', { kind: 'user', roles: ['Tools.whoami'], scopes: [] }, scopeMissing],
    ['a person with the scope of another tool', { kind: 'user', roles: ['Tools.whoami'], scopes: ['whoami2', 'lookup_fact'] }, scopeMissing],
    ['an app with the umbrella role', { kind: 'app', roles: ['Mcp.CallAllTools'], scopes: [] }, { allowed: true, role: 'Mcp.CallAllTools' }],
    ['a person with the umbrella role and the scope', { kind: 'user', roles: ['Mcp.CallAllTools'], scopes: ['whoami'] }, { allowed: true, role: 'Mcp.CallAllTools', scope: 'whoami' }],
    ['a person with the umbrella role alone', { kind: 'user', roles: ['Mcp.CallAllTools'], scopes: [] }, scopeMissing],
    ['a person with the baseline scope alone', { kind: 'user', roles: ['Tools.whoami'], scopes: ['mcp.access'] }, scopeMissing],
    ['a person in another letter case', { kind: 'user', roles: ['tools.whoami'], scopes: ['WHOAMI'] }, roleMissing],
  ];
  for (const [who, principal, decision] of table) {
    it(`${decision.allowed ? 'lets' : 'refuses'} ${who}`, () => assert.deepEqual(decideAccess(principal, access), decision));
  }
});

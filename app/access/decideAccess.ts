import type { Principal } from '../tools/principal.ts';

/** The Entra app role and delegated scope that open a tool, and the resources and prompts that go with it. */
export interface Access {
  readonly role: string;
  readonly scope: string;
}

export type AccessDecision =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly code: 'MCP_ROLE_MISSING' }
  /** New consent can help: the challenge names all scopes that the call needs. */
  | { readonly allowed: false; readonly code: 'MCP_SCOPE_MISSING'; readonly scopes: readonly string[] };

/**
 * Whether a principal may use a tool, a resource or a prompt.
 * A call of an app needs the role. A delegated call needs the role of the person and the scope of the client: a scope alone binds the
 * client, not the person (Model Context Protocol specification, basic/security_best_practices).
 */
export function decideAccess(principal: Pick<Principal, 'kind' | 'roles' | 'scopes'>, access: Access): AccessDecision {
  if (!principal.roles.includes(access.role)) return { allowed: false, code: 'MCP_ROLE_MISSING' };
  if (principal.kind === 'user' && !principal.scopes.includes(access.scope)) {
    return { allowed: false, code: 'MCP_SCOPE_MISSING', scopes: [access.scope] };
  }
  return { allowed: true };
}

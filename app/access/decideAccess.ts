import type { Principal } from '../tools/principal.ts';
import { UMBRELLA_ROLE } from '../tools/wellKnownAccess.ts';

/** The Entra app role and delegated scope that open a tool, and the resources and prompts that go with it. */
export interface Access {
  readonly role: string;
  readonly scope: string;
}

export type AccessDecision =
  /** What it stands on, for the record. */
  | { readonly allowed: true; readonly role: string; readonly scope?: string }
  | { readonly allowed: false; readonly code: 'MCP_ROLE_MISSING' }
  /** New consent can help: the challenge names all scopes that the call needs. */
  | { readonly allowed: false; readonly code: 'MCP_SCOPE_MISSING'; readonly scopes: readonly string[] };

type Caller = Pick<Principal, 'kind' | 'roles' | 'scopes'>;

/**
 * Whether a principal may use a tool, a resource or a prompt.
 * A call of an app needs the role. A delegated call needs the role of the person and the scope of the client: a scope alone binds the
 * client, not the person (Model Context Protocol specification, basic/security_best_practices). The umbrella role stands for any role, and for no scope.
 */
export function decideAccess(principal: Caller, access: Access): AccessDecision {
  const role = heldRole(principal, access);
  if (role === undefined) return { allowed: false, code: 'MCP_ROLE_MISSING' };
  if (principal.kind === 'app') return { allowed: true, role };
  if (!principal.scopes.includes(access.scope)) return { allowed: false, code: 'MCP_SCOPE_MISSING', scopes: [access.scope] };
  return { allowed: true, role, scope: access.scope };
}

/** Whether a list names it: what a caller holds no role for does not exist for it. Scopes do not count, since consent can add them. */
export function isListedFor(principal: Caller, access: Access): boolean {
  return heldRole(principal, access) !== undefined;
}

function heldRole({ roles }: Caller, access: Access): string | undefined {
  if (roles.includes(access.role)) return access.role;
  return roles.includes(UMBRELLA_ROLE) ? UMBRELLA_ROLE : undefined;
}

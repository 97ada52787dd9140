import { isRetired, type ToolLifecycle } from '../tools/lifecycle.ts';
import type { Principal } from '../tools/principal.ts';
import { UMBRELLA_ROLE } from '../tools/wellKnownAccess.ts';

/** The Entra app role and delegated scope that open a tool, and the resources and prompts that go with it. */
export interface Access {
  readonly role: string;
  readonly scope: string;
}

/** What a principal wants to use: a tool, with its life-cycle, or a resource or prompt, which have none. */
export interface AccessTarget {
  readonly access: Access;
  readonly lifecycle?: ToolLifecycle;
}

export type AccessDecision =
  /** What it stands on, for the record. */
  | { readonly allowed: true; readonly role: string; readonly scope?: string }
  /** There is no such tool, or it is disabled, which a caller cannot tell apart. */
  | { readonly allowed: false; readonly code: 'MCP_TOOL_UNKNOWN' }
  | { readonly allowed: false; readonly code: 'MCP_ROLE_MISSING' }
  /** Its sunset day has come. Who holds no role for it does not learn that it was there. */
  | { readonly allowed: false; readonly code: 'MCP_TOOL_RETIRED' }
  /** New consent can help: the challenge names all scopes that the call needs. */
  | { readonly allowed: false; readonly code: 'MCP_SCOPE_MISSING'; readonly scopes: readonly string[] };

type Caller = Pick<Principal, 'kind' | 'roles' | 'scopes'>;

/**
 * Whether a principal may use a tool, a resource or a prompt.
 * A call of an app needs the role. A delegated call needs the role of the person and the scope of the client: a scope alone binds the
 * client, not the person (Model Context Protocol specification, basic/security_best_practices). The umbrella role stands for any role, and for no scope.
 * An agent identity is an app, and an agent's user account a person: what else a token says of agents is for the record.
 * @param target undefined for a tool that there is not
 * @param today YYYY-MM-DD, in UTC; asked for a deprecated tool alone
 */
export function decideAccess(principal: Caller, target: AccessTarget | undefined, today: () => string): AccessDecision {
  if (!target || target.lifecycle?.stage === 'disabled') return { allowed: false, code: 'MCP_TOOL_UNKNOWN' };
  const { access, lifecycle } = target;
  const role = heldRole(principal, access);
  if (role === undefined) return { allowed: false, code: 'MCP_ROLE_MISSING' };
  // Before scopes: nobody is to consent to what is gone.
  if (lifecycle && isRetired(lifecycle, today)) return { allowed: false, code: 'MCP_TOOL_RETIRED' };
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

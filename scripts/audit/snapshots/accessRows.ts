import { isRetired } from '../../../app/tools/lifecycle.ts';
import type { Snapshot } from './snapshot.ts';

export type PrincipalKind = 'user' | 'application' | 'managedIdentity' | 'agentIdentity' | 'servicePrincipal';

/** Why somebody who holds a role cannot call. */
export type Block =
  /** No token is issued for a disabled application. */
  | { readonly reason: 'application-disabled' }
  | { readonly reason: 'principal-disabled' }
  | { readonly reason: 'client-disabled' }
  | { readonly reason: 'deny-rule'; readonly rule: string; readonly kind: 'principal' | 'client' | 'tool' }
  /** Its sunset day had come. */
  | { readonly reason: 'tool-retired' }
  /** The person holds the role, and no client was allowed to act for the person. */
  | { readonly reason: 'no-client' };

/** What one principal could call, on one ground, by one client. */
export interface AccessRow {
  /** Object id. */
  readonly principal: string;
  readonly kind: PrincipalKind;
  /** How it holds the role: `direct`, or `group ID`. */
  readonly via: string;
  /** Application id of the client that acts: for an application its own; null when no client may act for the person. */
  readonly client: string | null;
  /** On which grounds the client may act for the person. Empty for an application, which acts for itself. */
  readonly consent: readonly ('admin' | 'user' | 'preauthorized')[];
  readonly tools: readonly string[];
  /** Null when nothing stands in the way. */
  readonly blockedBy: Block | null;
}

/** What is asked about; everything when empty. */
export interface AccessFilter {
  readonly person?: string | undefined;
  readonly client?: string | undefined;
  readonly tool?: string | undefined;
}

type Tool = Snapshot['catalogue']['tools'][number];

interface Holding {
  readonly principal: string;
  readonly kind: PrincipalKind;
  readonly enabled: boolean | null;
  readonly via: string;
  readonly roles: ReadonlySet<string>;
  /** Of an application: the client id under which it acts for itself. */
  readonly ownClient: string | undefined;
}

interface Client {
  readonly clientId: string;
  readonly enabled: boolean | null;
  readonly consent: readonly ('admin' | 'user' | 'preauthorized')[];
  readonly scopes: ReadonlySet<string>;
}

/** One client for everybody, or for one person. */
interface Allowance {
  readonly clientId: string;
  readonly consent: 'admin' | 'user' | 'preauthorized';
  readonly person: string | null;
  readonly scopes: readonly string[];
}

/**
 * Who could call what, as the server decides it: an application by its own role; a person by a role of the person and a scope of the client that acts; and nobody against whom a rule stands.
 * Groups give their roles to direct members who are people, and to nobody else.
 * Sources: learn.microsoft.com, "appRoleAssignment resource type"; "Manage users and groups assignment to an application"; "Add app roles to your application and receive them in the
 * token" (service principals in groups); "Disable user sign-in for application"; app/access/decideAccess.ts, app/access/denyList.ts.
 * @param atMs time for which rules of the list of the denied and sunset days are judged, in milliseconds since 1970
 */
export function accessRows(snapshot: Snapshot, filter: AccessFilter, atMs: number): AccessRow[] {
  const tools = snapshot.catalogue.tools.filter(({ stage, name }) => stage !== 'disabled' && (filter.tool === undefined || name === filter.tool));
  const allowances = allowancesOf(snapshot);
  const blockOf = createBlockOf(snapshot, atMs);
  return holdingsOf(snapshot)
    .filter(({ principal }) => filter.person === undefined || same(principal, filter.person))
    .flatMap((holding) => {
      const opened = tools.filter(({ role }) => holding.roles.has(role) || holding.roles.has(snapshot.catalogue.umbrellaRole));
      if (opened.length === 0) return [];
      const clients = clientsOf(holding, snapshot, allowances).map((client) => ({ client, callable: opened.filter(({ scope }) => holding.ownClient !== undefined || client.scopes.has(scope)) })).filter(({ callable }) => callable.length > 0);
      const pairs = clients.length > 0 ? clients : [{ client: undefined, callable: opened }];
      return pairs.filter(({ client }) => filter.client === undefined || (client !== undefined && same(client.clientId, filter.client))).flatMap(({ client, callable }) => rowsOf(holding, client, callable, blockOf));
    });
}

function rowsOf({ principal, kind, enabled, via }: Holding, client: Client | undefined, tools: readonly Tool[], blockOf: BlockOf): AccessRow[] {
  const byBlock = new Map<string, { blockedBy: Block | null; tools: string[] }>();
  for (const tool of tools) {
    const blockedBy = blockOf({ principal, enabled }, client, tool);
    const key = JSON.stringify(blockedBy);
    const entry = byBlock.get(key) ?? { blockedBy, tools: [] };
    entry.tools.push(tool.name);
    byBlock.set(key, entry);
  }
  return [...byBlock.values()].map((entry) => ({ principal, kind, via, client: client?.clientId ?? null, consent: client?.consent ?? [], ...entry }));
}

type BlockOf = (principal: { principal: string; enabled: boolean | null }, client: Client | undefined, tool: Tool) => Block | null;

/** In the order in which a call meets them: Entra issues no token; the server's list of the denied, by principal, client and tool; the end of the tool; the scope. */
function createBlockOf({ application, denyRules }: Snapshot, atMs: number): BlockOf {
  const standing = denyRules.filter(({ until }) => until === undefined || Date.parse(until) > atMs);
  const day = new Date(atMs).toISOString().slice(0, 'YYYY-MM-DD'.length);
  const rule = (kind: 'principal' | 'client' | 'tool', value: string | undefined): Block | null => {
    const found = standing.find((one) => one.kind === kind && value !== undefined && same(one.value, value));
    return found ? { reason: 'deny-rule', rule: found.id, kind } : null;
  };
  return ({ principal, enabled }, client, tool) => {
    if (!application.enabled) return { reason: 'application-disabled' };
    if (enabled === false) return { reason: 'principal-disabled' };
    if (client?.enabled === false) return { reason: 'client-disabled' };
    return rule('principal', principal) ?? rule('client', client?.clientId) ?? rule('tool', tool.name) ?? (isRetired(tool, () => day) ? { reason: 'tool-retired' } : client ? null : { reason: 'no-client' });
  };
}

function holdingsOf(snapshot: Snapshot): Holding[] {
  const values = new Map(snapshot.roles.flatMap(({ id, value, enabled, memberTypes }) => (enabled && value !== null ? [[id, { value, memberTypes }] as const] : [])));
  const users = new Map(snapshot.users.map((user) => [user.id, user]));
  const servicePrincipals = new Map(snapshot.servicePrincipals.map((principal) => [principal.id, principal]));
  const groups = new Map(snapshot.groups.map((group) => [group.id, group]));
  const holdings = new Map<string, Holding & { roles: Set<string> }>();
  const hold = (who: Omit<Holding, 'roles'>, role: string): void => {
    const key = `${who.principal} ${who.via}`;
    const holding = holdings.get(key) ?? { ...who, roles: new Set<string>() };
    holding.roles.add(role);
    holdings.set(key, holding);
  };
  const holdAsUser = (id: string, via: string, role: string): void => {
    const user = users.get(id);
    if (user) hold({ principal: id, kind: 'user', enabled: user.enabled, via, ownClient: undefined }, role);
  };
  for (const { principalId, principalType, roleId } of snapshot.assignments) {
    const role = values.get(roleId);
    if (!role) continue;
    if (principalType === 'ServicePrincipal') {
      const principal = servicePrincipals.get(principalId);
      if (principal && role.memberTypes.includes('Application')) hold({ principal: principalId, kind: kindOf(principal.type), enabled: principal.enabled, via: 'direct', ownClient: principal.clientId }, role.value);
      continue;
    }
    if (!role.memberTypes.includes('User')) continue;
    if (principalType === 'User') holdAsUser(principalId, 'direct', role.value);
    const group = principalType === 'Group' ? groups.get(principalId) : undefined;
    if (group?.securityEnabled !== true) continue;
    // Of the members people alone are among the users: groups in it, and service principals, get nothing.
    for (const { id } of group.members) holdAsUser(id, `group ${group.id}`, role.value);
  }
  return [...holdings.values()].sort((left, right) => (`${left.principal} ${left.via}` < `${right.principal} ${right.via}` ? -1 : 1));
}

/** Source: learn.microsoft.com, "servicePrincipal resource type", servicePrincipalType. */
function kindOf(type: string): PrincipalKind {
  switch (type) {
    case 'Application':
      return 'application';
    case 'ManagedIdentity':
      return 'managedIdentity';
    case 'ServiceIdentity':
      return 'agentIdentity';
    default:
      return 'servicePrincipal';
  }
}

/** The clients by which a holder acts: an application by itself, a person by those that may act for the person. */
function clientsOf({ principal, ownClient, enabled }: Holding, snapshot: Snapshot, allowances: readonly Allowance[]): Client[] {
  if (ownClient !== undefined) return [{ clientId: ownClient, enabled, consent: [], scopes: new Set() }];
  const own = allowances.filter(({ person }) => person === null || person === principal);
  return [...new Set(own.map(({ clientId }) => clientId))].sort().map((clientId) => {
    const grounds = own.filter((allowance) => allowance.clientId === clientId);
    return {
      clientId,
      // A client that is preauthorized need not have a service principal in the tenant yet.
      enabled: snapshot.servicePrincipals.find((one) => one.clientId === clientId)?.enabled ?? null,
      consent: [...new Set(grounds.map(({ consent }) => consent))].sort(),
      scopes: new Set(grounds.flatMap(({ scopes }) => scopes)),
    };
  });
}

/** Scopes that are enabled, as a token has them. */
function allowancesOf({ scopes, servicePrincipals, grants, preauthorized }: Snapshot): Allowance[] {
  const offered = new Set(scopes.flatMap(({ value, enabled }) => (enabled ? [value] : [])));
  const clientIds = new Map(servicePrincipals.map(({ id, clientId }) => [id, clientId]));
  const all: Allowance[] = [
    ...grants.flatMap((grant): Allowance[] => {
      const clientId = clientIds.get(grant.servicePrincipalId);
      return clientId === undefined ? [] : [{ clientId, consent: grant.person === null ? 'admin' : 'user', person: grant.person, scopes: grant.scopes }];
    }),
    ...preauthorized.map((one): Allowance => ({ clientId: one.clientId, consent: 'preauthorized', person: null, scopes: one.scopes })),
  ];
  return all.map((allowance) => ({ ...allowance, scopes: allowance.scopes.filter((scope) => offered.has(scope)) }));
}

function same(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

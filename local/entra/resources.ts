import type { Application, ServicePrincipal } from './records.ts';
import { EntraError } from './entraError.ts';
import type { DirectoryStore } from './store.ts';
import { AUDIENCES } from './types.ts';

export type AzureService = keyof typeof AUDIENCES;

/** What a token is for. */
export type TargetResource =
  | { readonly kind: 'azure'; readonly service: AzureService; readonly asked: string }
  | { readonly kind: 'application'; readonly application: Application; readonly servicePrincipal: ServicePrincipal; readonly asked: string };

/** A `scope` parameter, taken apart. */
export interface RequestedAccess {
  readonly target: TargetResource;
  /** Scope values without the resource; empty for `.default`. */
  readonly scopes: readonly string[];
  /** `<resource>/.default` was asked. */
  readonly byDefault: boolean;
  /** openid, profile, email, offline_access. */
  readonly openId: readonly string[];
}

const OPEN_ID_SCOPES = ['openid', 'profile', 'email', 'offline_access'];
const GRAPH_APP_ID = '00000003-0000-0000-c000-000000000000';

/** Delegated scopes that the local stand-ins of Azure's own services know. */
const AZURE_SCOPES: Record<AzureService, readonly string[]> = {
  arm: ['user_impersonation'],
  graph: ['User.Read', ...OPEN_ID_SCOPES],
  keyVault: ['user_impersonation'],
  storage: ['user_impersonation'],
  monitor: ['user_impersonation'],
  logAnalytics: ['user_impersonation', 'Data.Read'],
};

/** The scopes of a target that exist and are enabled. */
export function scopesOf(target: TargetResource): readonly string[] {
  if (target.kind === 'azure') return AZURE_SCOPES[target.service];
  return target.application.api.oauth2PermissionScopes.flatMap(({ isEnabled, value }) => (isEnabled && value !== null ? [value] : []));
}

/**
 * Finds what a resource identifier names: one of Azure's own services, or an application of the tenant by client id or identifier URI.
 * @throws EntraError AADSTS500011 when nothing has that name
 */
export function resolveResource(store: DirectoryStore, asked: string): TargetResource {
  for (const [service, audiences] of Object.entries(AUDIENCES) as [AzureService, readonly string[]][]) {
    if (audiences.includes(asked)) return { kind: 'azure', service, asked };
  }
  const application = store.applicationByAppId(asked) ?? store.applicationByIdentifierUri(asked);
  const servicePrincipal = application && store.servicePrincipalByAppId(application.appId);
  if (!application || !servicePrincipal) {
    throw new EntraError(
      400,
      'invalid_resource',
      500011,
      `The resource principal named ${asked} was not found in the tenant named ${store.tenantId}. ` +
        'Name an application by its client id or one of its identifier URIs (it needs a service principal), or a service of Azure by its audience.',
    );
  }
  return { kind: 'application', application, servicePrincipal, asked };
}

/** Whether two identifiers name the same resource, however each is spelled. */
function isSameTarget(a: TargetResource, b: TargetResource): boolean {
  if (a.kind === 'azure') return b.kind === 'azure' && a.service === b.service;
  return b.kind === 'application' && a.application.id === b.application.id;
}

/**
 * Takes a `scope` parameter apart. The resource stands before the last slash of each scope; a scope without one is Microsoft Graph's.
 * Source: learn.microsoft.com, "Scopes and permissions in the Microsoft identity platform", section "The .default scope".
 * @param resource the `resource` parameter of RFC 8707, when it was sent: it has to name the resource of the scopes
 * @throws EntraError AADSTS70011, 28000, 500011, 650053, 9010010
 */
export function resolveScopes(store: DirectoryStore, scope: string, resource?: string): RequestedAccess {
  const values = scope.split(' ').filter((value) => value !== '');
  const openId = values.filter((value) => OPEN_ID_SCOPES.includes(value));
  const wanted = values.filter((value) => !OPEN_ID_SCOPES.includes(value)).map(splitScope);
  const [first] = wanted;
  if (!first) {
    const target: TargetResource = { kind: 'azure', service: 'graph', asked: GRAPH_APP_ID };
    refuseOtherResource(store, target, resource);
    return { target, scopes: [], byDefault: false, openId };
  }
  const target = resolveResource(store, first.resource);
  for (const other of wanted) {
    if (!isSameTarget(target, resolveResource(store, other.resource))) {
      throw new EntraError(400, 'invalid_request', 28000, `Provided value for the input parameter scope is not valid because it contains more than one resource. Scope ${values.join(' ')} is not valid.`);
    }
  }
  refuseOtherResource(store, target, resource);
  const byDefault = wanted.some(({ value }) => value === '.default');
  if (byDefault && wanted.length > 1) {
    throw new EntraError(400, 'invalid_scope', 70011, `The provided value for the input parameter 'scope' is not valid. .default cannot be combined with resource-specific scopes.`);
  }
  const scopes = byDefault ? [] : wanted.map(({ value }) => value);
  for (const value of scopes) refuseUnknownScope(target, value);
  return { target, scopes, byDefault, openId };
}

function splitScope(scope: string): { resource: string; value: string } {
  const slash = scope.lastIndexOf('/');
  return slash === -1 ? { resource: GRAPH_APP_ID, value: scope } : { resource: scope.slice(0, slash), value: scope.slice(slash + 1) };
}

function refuseOtherResource(store: DirectoryStore, target: TargetResource, resource: string | undefined): void {
  if (resource === undefined) return;
  let named: TargetResource | undefined;
  try {
    named = resolveResource(store, resource);
  } catch {
    named = undefined;
  }
  if (!named || !isSameTarget(named, target)) {
    throw new EntraError(400, 'invalid_target', 9010010, "The resource parameter provided in the request doesn't match with the requested scopes.");
  }
}

function refuseUnknownScope(target: TargetResource, value: string): void {
  const known = scopesOf(target);
  if (known.includes(value)) return;
  const name = target.kind === 'azure' ? target.asked : `${target.application.displayName} (${target.application.appId})`;
  throw new EntraError(
    400,
    'invalid_scope',
    650053,
    `The application asked for scope '${value}' that doesn't exist on the resource '${name}'. Its scopes are: ${known.length > 0 ? known.join(', ') : 'none'}.`,
  );
}

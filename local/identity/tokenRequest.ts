import { AzureError } from '../core/errors.ts';

/** The query of a token request. */
export interface IdentityTokenRequest {
  readonly resource: string;
  /** How the identity was named; undefined for the system-assigned one. */
  readonly identity: { readonly by: 'client_id' | 'principal_id' | 'mi_res_id'; readonly value: string } | undefined;
}

interface KnownIdentity {
  readonly resourceId: string;
  readonly principalId: string;
  readonly clientId: string;
}

const API_VERSION = '2019-08-01';

/**
 * Reads the query.
 * Source: learn.microsoft.com, "How to use managed identities for App Service and Azure Functions", section "REST endpoint reference":
 * `object_id` is an alias of `principal_id`, and no two of the names may stand in one request.
 * @throws AzureError 400
 */
export function readTokenRequest(query: Record<string, unknown>): IdentityTokenRequest {
  const one = (name: string): string | undefined => {
    const value = query[name];
    if (value === undefined) return undefined;
    if (typeof value !== 'string' || value === '') throw badRequest(`The query parameter '${name}' has to have exactly one value.`);
    return value;
  };
  const version = one('api-version');
  if (version !== API_VERSION) throw badRequest(`The api-version '${version ?? ''}' is not supported. Use api-version=${API_VERSION}.`);
  const resource = one('resource');
  if (resource === undefined) throw badRequest("The query parameter 'resource' is missing: name the resource for which a token is wanted, for instance https://vault.azure.net.");
  const names = [
    { by: 'client_id' as const, value: one('client_id') },
    { by: 'principal_id' as const, value: one('principal_id') },
    { by: 'principal_id' as const, value: one('object_id') },
    { by: 'mi_res_id' as const, value: one('mi_res_id') },
  ].flatMap(({ by, value }) => (value === undefined ? [] : [{ by, value }]));
  if (names.length > 1) throw badRequest('Name the identity by one of client_id, principal_id (object_id) and mi_res_id, not by several.');
  return { resource, identity: names[0] };
}

/**
 * Finds the identity that a request means among those of the worker's site.
 * @param assigned resource ids
 * @throws AzureError 400 with the message of App Service when the site has no such identity
 */
export function chooseIdentity(request: IdentityTokenRequest, assigned: readonly string[], find: (identity: string) => KnownIdentity | undefined): KnownIdentity {
  const known = assigned.flatMap((resourceId) => find(resourceId) ?? []);
  const named = request.identity;
  if (named === undefined) {
    const system = known.find(({ resourceId }) => !isUserAssigned(resourceId));
    if (system) return system;
    throw badRequest('Unable to load the proper Managed Identity. The app has no system-assigned identity; name a user-assigned one by client_id, principal_id or mi_res_id.');
  }
  const field = { client_id: 'clientId', principal_id: 'principalId', mi_res_id: 'resourceId' } as const;
  const match = known.find((identity) => identity[field[named.by]].toLowerCase() === named.value.toLowerCase());
  if (!match) throw badRequest('No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.');
  return match;
}

function isUserAssigned(resourceId: string): boolean {
  return /\/providers\/Microsoft\.ManagedIdentity\/userAssignedIdentities\//i.test(resourceId);
}

function badRequest(message: string): AzureError {
  return new AzureError(400, 'BadRequest', message);
}

import { randomUUID } from 'node:crypto';
import type { Application, User } from './records.ts';
import { scopesOf, type TargetResource } from './resources.ts';
import type { DirectoryStore } from './store.ts';

/**
 * The scopes of a resource that a client may use for a user: granted to all, granted by the user, or preauthorized by the resource.
 * Azure's own services are the same for every client: each may use all of their few local scopes.
 */
export function consentedScopes(store: DirectoryStore, client: Application, user: User, target: TargetResource): string[] {
  const offered = scopesOf(target);
  if (target.kind === 'azure') return [...offered];
  const clientPrincipal = store.servicePrincipalByAppId(client.appId);
  const consented = new Set<string>();
  for (const grant of store.liveGrants()) {
    if (grant.clientId !== clientPrincipal?.id || grant.resourceId !== target.servicePrincipal.id) continue;
    if (grant.consentType === 'Principal' && grant.principalId !== user.id) continue;
    for (const value of grant.scope.split(' ')) consented.add(value);
  }
  const { preAuthorizedApplications, oauth2PermissionScopes } = target.application.api;
  for (const { appId, delegatedPermissionIds } of preAuthorizedApplications) {
    if (appId.toLowerCase() !== client.appId) continue;
    for (const { id, value } of oauth2PermissionScopes) if (delegatedPermissionIds.includes(id) && value !== null) consented.add(value);
  }
  return offered.filter((value) => consented.has(value));
}

/** The scopes among those asked that a user may consent to alone. */
export function userConsentable(target: TargetResource, scopes: readonly string[]): boolean {
  if (target.kind === 'azure') return true;
  return scopes.every((value) => target.application.api.oauth2PermissionScopes.some((scope) => scope.value === value && scope.type === 'User'));
}

/**
 * Records that a user lets a client use scopes of a resource.
 * @param mode `add` to what was consented before, or `exactly` these
 */
export function recordConsent(store: DirectoryStore, client: Application, user: User, target: TargetResource, scopes: readonly string[], mode: 'add' | 'exactly'): void {
  const clientPrincipal = store.servicePrincipalByAppId(client.appId);
  if (target.kind === 'azure' || !clientPrincipal) return;
  const existing = store.grants
    .values()
    .find(({ clientId, consentType, principalId, resourceId }) => clientId === clientPrincipal.id && consentType === 'Principal' && principalId === user.id && resourceId === target.servicePrincipal.id);
  const before = mode === 'add' && existing ? existing.scope.split(' ').filter((value) => value !== '') : [];
  const scope = [...new Set([...before, ...scopes])].join(' ');
  if (existing?.scope === scope) return;
  const id = existing?.id ?? randomUUID();
  store.grants.put(id, { id, clientId: clientPrincipal.id, consentType: 'Principal', principalId: user.id, resourceId: target.servicePrincipal.id, scope });
}

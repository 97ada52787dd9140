import { randomUUID } from 'node:crypto';
import { AzureError } from '../core/errors.ts';
import { DEFAULT_ROLE_ID, type AppRole, type AppRoleAssignment } from './records.ts';
import type { DirectoryStore } from './store.ts';

/**
 * Assigns an app role of a resource to a user, a group or a service principal.
 * Source: learn.microsoft.com, "Grant an appRoleAssignment for a service principal".
 * @throws AzureError 400 or 404, Request_BadRequest or Request_ResourceNotFound
 */
export function assignAppRole(store: DirectoryStore, wanted: { principalId: string; resourceId: string; appRoleId: string }): AppRoleAssignment {
  const resource = store.servicePrincipals.get(wanted.resourceId.toLowerCase());
  if (!resource) throw notFound(wanted.resourceId);
  const principal = assignee(store, wanted.principalId);
  if (!principal) throw notFound(wanted.principalId);
  const appRoleId = wanted.appRoleId.toLowerCase();
  const { object, memberType } = principal;
  const roles = store.applicationByAppId(resource.appId)?.appRoles ?? [];
  const role = roles.find(({ id }) => id === appRoleId);
  if (appRoleId !== DEFAULT_ROLE_ID) {
    if (!role?.isEnabled) {
      throw new AzureError(400, 'Request_BadRequest', `Permission being assigned was not found on application '${resource.appId}': it has no enabled app role ${appRoleId}. Its roles are: ${roles.map(({ id, value }) => `${value ?? 'without value'} (${id})`).join(', ') || 'none'}.`);
    }
    if (!role.allowedMemberTypes.includes(memberType)) {
      throw new AzureError(400, 'Request_BadRequest', `App role ${role.value ?? role.id} does not allow members of type ${memberType}; it allows ${role.allowedMemberTypes.join(', ')}.`);
    }
  }
  if (store.assignments.values().some((other) => other.principalId === object.id && other.resourceId === resource.id && other.appRoleId === appRoleId)) {
    throw new AzureError(400, 'Request_BadRequest', 'Permission being assigned already exists on the object.');
  }
  const assignment: AppRoleAssignment = {
    id: randomUUID(),
    appRoleId,
    createdDateTime: store.now().toISOString(),
    principalDisplayName: object.displayName,
    principalId: object.id,
    principalType: principal.type,
    resourceDisplayName: resource.displayName,
    resourceId: resource.id,
  };
  store.assignments.put(assignment.id, assignment);
  return assignment;
}

interface Assignee {
  readonly object: { readonly id: string; readonly displayName: string };
  readonly type: AppRoleAssignment['principalType'];
  /** A role for users is one for groups too. Source: learn.microsoft.com, "appRole resource type", property allowedMemberTypes. */
  readonly memberType: AppRole['allowedMemberTypes'][number];
}

function assignee(store: DirectoryStore, id: string): Assignee | undefined {
  const group = store.groups.get(id.toLowerCase());
  if (group) return { object: group, type: 'Group', memberType: 'User' };
  const principal = store.principal(id);
  if (!principal) return undefined;
  return principal.kind === 'user' ? { object: principal.user, type: 'User', memberType: 'User' } : { object: principal.servicePrincipal, type: 'ServicePrincipal', memberType: 'Application' };
}

function notFound(id: string): AzureError {
  return new AzureError(404, 'Request_ResourceNotFound', `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`);
}

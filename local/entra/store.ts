import { createHash, randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { LocalContext } from '../core/context.ts';
import type { Collection } from '../core/documents.ts';
import {
  applicationSchema,
  appRoleAssignmentSchema,
  deletedItemSchema,
  groupSchema,
  permissionGrantSchema,
  servicePrincipalSchema,
  userSchema,
  type Application,
  type AppRoleAssignment,
  type DeletedItem,
  type Group,
  type PermissionGrant,
  type ServicePrincipal,
  type User,
} from './records.ts';

/** How long a deleted application can be restored. Source: learn.microsoft.com, "Delete directoryObject": 30 days. */
const RETENTION_MS = 30 * 24 * 3_600_000;

/** The durable objects of the tenant, by object id, and the questions that tokens and Graph ask of them. */
export interface DirectoryStore {
  readonly tenantId: string;
  readonly domain: string;
  readonly users: Collection<User>;
  readonly groups: Collection<Group>;
  readonly applications: Collection<Application>;
  readonly servicePrincipals: Collection<ServicePrincipal>;
  readonly assignments: Collection<AppRoleAssignment>;
  readonly grants: Collection<PermissionGrant>;
  /** SHA-256 of each client secret, by key id. */
  readonly secrets: Collection<{ sha256: string }>;
  now(): Date;
  applicationByAppId(appId: string): Application | undefined;
  applicationByIdentifierUri(uri: string): Application | undefined;
  servicePrincipalByAppId(appId: string): ServicePrincipal | undefined;
  userByName(userPrincipalName: string): User | undefined;
  /** A user or a service principal that is not deleted. */
  principal(objectId: string): { kind: 'user'; user: User } | { kind: 'servicePrincipal'; servicePrincipal: ServicePrincipal } | undefined;
  /** The objects that are members of a group themselves, in the order in which they became it. */
  directMembers(group: Group): GroupMember[];
  /** Members of the group and of the groups in it, each once, the group itself left out. */
  transitiveMembers(group: Group): GroupMember[];
  /** The groups of which an object is a direct member. */
  groupsOf(objectId: string): Group[];
  /** Removes a group for good, with its assignments and its memberships. Source: learn.microsoft.com, "Delete group": security groups are not kept for restoring. */
  deleteGroup(id: string): boolean;
  /** The assignments whose resource and principal are both there. */
  liveAssignments(): AppRoleAssignment[];
  liveGrants(): PermissionGrant[];
  /** Deleted items that can still be restored; what is older than 30 days is removed for good on the way. */
  deletedItems(): DeletedItem[];
  deleteApplication(id: string): boolean;
  deleteServicePrincipal(id: string): boolean;
  restore(id: string): DeletedItem | undefined;
  /** Removes a deleted item for good, with its assignments, grants and secrets. */
  purge(id: string): boolean;
  /** A new application with Graph's defaults, which is not stored yet. */
  draftApplication(displayName: string): Application;
  addApplication(values: Partial<Application> & { displayName: string }): Application;
  addServicePrincipal(values: Partial<ServicePrincipal> & { appId: string; displayName: string }): ServicePrincipal;
  addUser(values: { userPrincipalName: string; displayName: string; givenName?: string; surname?: string }): User;
}

/** What may be a member of a group here. */
export type GroupMember =
  | { readonly kind: 'user'; readonly object: User }
  | { readonly kind: 'group'; readonly object: Group }
  | { readonly kind: 'servicePrincipal'; readonly object: ServicePrincipal };

export const sha256 = (value: string): string => createHash('sha256').update(value).digest('base64url');

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** Opens the directory of the context's tenant. */
export function openDirectoryStore(context: LocalContext): DirectoryStore {
  const { documents, tenantId } = context;
  const users = documents.collection('entra-users', userSchema);
  const groups = documents.collection('entra-groups', groupSchema);
  const applications = documents.collection('entra-applications', applicationSchema);
  const servicePrincipals = documents.collection('entra-service-principals', servicePrincipalSchema);
  const assignments = documents.collection('entra-app-role-assignments', appRoleAssignmentSchema);
  const grants = documents.collection('entra-permission-grants', permissionGrantSchema);
  const secrets = documents.collection('entra-secret-digests', z.object({ sha256: z.string() }));
  const deleted = documents.collection('entra-deleted-items', deletedItemSchema);
  const domain = `local${tenantId.slice(0, 8)}.onmicrosoft.com`;

  const removeLinksOf = (objectId: string): void => {
    for (const [id, assignment] of assignments.entries()) {
      if (assignment.principalId === objectId || assignment.resourceId === objectId) assignments.delete(id);
    }
    for (const [id, grant] of grants.entries()) {
      if ([grant.clientId, grant.resourceId, grant.principalId].includes(objectId)) grants.delete(id);
    }
  };

  const memberOf = (id: string): GroupMember[] => {
    const group = groups.get(id);
    if (group) return [{ kind: 'group', object: group }];
    const principal = store.principal(id);
    if (!principal) return [];
    return [principal.kind === 'user' ? { kind: 'user', object: principal.user } : { kind: 'servicePrincipal', object: principal.servicePrincipal }];
  };

  const store: DirectoryStore = {
    tenantId,
    domain,
    users,
    groups,
    applications,
    servicePrincipals,
    assignments,
    grants,
    secrets,
    now: context.now,
    applicationByAppId: (appId) => applications.values().find((application) => same(application.appId, appId)),
    applicationByIdentifierUri: (uri) => applications.values().find(({ identifierUris }) => identifierUris.includes(uri)),
    servicePrincipalByAppId: (appId) => servicePrincipals.values().find((principal) => same(principal.appId, appId)),
    userByName: (name) => users.values().find(({ userPrincipalName }) => same(userPrincipalName, name)),
    principal(objectId) {
      const id = objectId.toLowerCase();
      const user = users.get(id);
      if (user) return { kind: 'user', user };
      const servicePrincipal = servicePrincipals.get(id);
      return servicePrincipal && { kind: 'servicePrincipal', servicePrincipal };
    },
    directMembers: ({ memberIds }) => memberIds.flatMap(memberOf),
    transitiveMembers(group) {
      const found = new Map<string, GroupMember>();
      const take = (of: Group): void => {
        for (const member of store.directMembers(of)) {
          // Groups may hold each other.
          if (member.object.id === group.id || found.has(member.object.id)) continue;
          found.set(member.object.id, member);
          if (member.kind === 'group') take(member.object);
        }
      };
      take(group);
      return [...found.values()];
    },
    groupsOf: (objectId) => groups.values().filter(({ memberIds }) => memberIds.includes(objectId)),
    deleteGroup(id) {
      if (!groups.delete(id)) return false;
      removeLinksOf(id);
      for (const group of store.groupsOf(id)) groups.put(group.id, { ...group, memberIds: group.memberIds.filter((memberId) => memberId !== id) });
      return true;
    },
    liveAssignments: () =>
      assignments.values().filter(({ principalId, resourceId }) => servicePrincipals.get(resourceId) && (groups.get(principalId) ?? store.principal(principalId))),
    liveGrants: () => grants.values().filter(({ clientId, resourceId }) => servicePrincipals.get(clientId) && servicePrincipals.get(resourceId)),
    deletedItems() {
      const oldest = context.now().getTime() - RETENTION_MS;
      for (const [id, item] of deleted.entries()) if (Date.parse(item.deletedDateTime) < oldest) store.purge(id);
      return deleted.values();
    },
    deleteApplication(id) {
      const application = applications.get(id);
      if (!application) return false;
      // Deleting an application in its home tenant deletes its service principal too.
      // Source: learn.microsoft.com, "Delete application" and "Restore or remove a recently deleted application".
      const principal = store.servicePrincipalByAppId(application.appId);
      if (principal) store.deleteServicePrincipal(principal.id);
      deleted.put(id, { kind: 'application', deletedDateTime: context.now().toISOString(), object: application });
      return applications.delete(id);
    },
    deleteServicePrincipal(id) {
      const principal = servicePrincipals.get(id);
      if (!principal) return false;
      deleted.put(id, { kind: 'servicePrincipal', deletedDateTime: context.now().toISOString(), object: principal });
      return servicePrincipals.delete(id);
    },
    restore(id) {
      const item = store.deletedItems().find(({ object }) => object.id === id);
      if (!item) return undefined;
      if (item.kind === 'application') {
        applications.put(id, item.object);
        const principal = store.deletedItems().find((other) => other.kind === 'servicePrincipal' && other.object.appId === item.object.appId);
        if (principal) store.restore(principal.object.id);
      } else {
        servicePrincipals.put(id, item.object);
      }
      deleted.delete(id);
      return item;
    },
    purge(id) {
      const item = deleted.get(id);
      if (!item) return false;
      deleted.delete(id);
      removeLinksOf(id);
      if (item.kind === 'application') {
        for (const { keyId } of item.object.passwordCredentials) secrets.delete(keyId);
        const principal = deleted.values().find((other) => other.kind === 'servicePrincipal' && other.object.appId === item.object.appId);
        if (principal) store.purge(principal.object.id);
      }
      return true;
    },
    draftApplication(displayName) {
      return {
        id: randomUUID(),
        appId: randomUUID(),
        displayName,
        description: null,
        createdDateTime: context.now().toISOString(),
        signInAudience: 'AzureADMyOrg',
        identifierUris: [],
        appRoles: [],
        api: { acceptMappedClaims: null, knownClientApplications: [], oauth2PermissionScopes: [], preAuthorizedApplications: [], requestedAccessTokenVersion: null },
        web: { homePageUrl: null, logoutUrl: null, redirectUris: [], implicitGrantSettings: { enableAccessTokenIssuance: false, enableIdTokenIssuance: false } },
        spa: { redirectUris: [] },
        publicClient: { redirectUris: [] },
        isFallbackPublicClient: null,
        isDeviceOnlyAuthSupported: null,
        requiredResourceAccess: [],
        optionalClaims: null,
        passwordCredentials: [],
        keyCredentials: [],
        groupMembershipClaims: null,
        info: { marketingUrl: null, privacyStatementUrl: null, supportUrl: null, termsOfServiceUrl: null, logoUrl: null },
        notes: null,
        publisherDomain: domain,
        serviceManagementReference: null,
        tags: [],
      };
    },
    addApplication(values) {
      const application: Application = { ...store.draftApplication(values.displayName), ...values };
      applications.put(application.id, application);
      return application;
    },
    addServicePrincipal(values) {
      const principal: ServicePrincipal = {
        id: randomUUID(),
        servicePrincipalType: 'Application',
        accountEnabled: true,
        alternativeNames: [],
        appRoleAssignmentRequired: false,
        createdDateTime: context.now().toISOString(),
        description: null,
        homepage: null,
        loginUrl: null,
        notes: null,
        notificationEmailAddresses: [],
        preferredSingleSignOnMode: null,
        tags: [],
        agentBlueprintAppId: null,
        ...values,
      };
      servicePrincipals.put(principal.id, principal);
      return principal;
    },
    addUser({ userPrincipalName, displayName, givenName, surname }) {
      const user: User = {
        id: randomUUID(),
        userPrincipalName,
        displayName,
        givenName: givenName ?? null,
        surname: surname ?? null,
        mail: null,
        accountEnabled: true,
        createdDateTime: context.now().toISOString(),
      };
      users.put(user.id, user);
      return user;
    },
  };
  return store;
}

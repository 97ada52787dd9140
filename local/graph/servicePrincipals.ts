import { AzureError } from '../core/errors.ts';
import type { Application, ServicePrincipal } from '../entra/records.ts';
import type { DirectoryStore } from '../entra/store.ts';
import type { ServicePrincipalBody } from './bodies.ts';
import { badRequest } from './graphError.ts';
import type { GraphObject } from './query.ts';

/** @throws AzureError NoBackingApplicationObject, Request_MultipleObjectsWithSameKeyValue */
export function createServicePrincipal(store: DirectoryStore, body: ServicePrincipalBody): ServicePrincipal {
  const { appId, ...values } = body;
  if (appId === undefined) throw badRequest("A value is required for property 'appId' of resource 'ServicePrincipal'.", 'appId');
  const application = store.applicationByAppId(appId);
  if (!application) {
    throw new AzureError(400, 'NoBackingApplicationObject', `The appId '${appId}' of the service principal does not reference a valid application object of this tenant.`);
  }
  refuseTwin(store, appId);
  return store.addServicePrincipal({ ...values, appId: application.appId, displayName: application.displayName });
}

/** @throws AzureError when a deleted service principal cannot be restored: its application is gone, or has another one meanwhile */
export function refuseConflictingPrincipal(store: DirectoryStore, { id, appId }: ServicePrincipal): void {
  if (!store.applicationByAppId(appId)) throw badRequest(`The application of service principal ${id} is deleted; restore the application, which restores both.`);
  refuseTwin(store, appId);
}

function refuseTwin(store: DirectoryStore, appId: string): void {
  if (!store.servicePrincipalByAppId(appId)) return;
  throw new AzureError(409, 'Request_MultipleObjectsWithSameKeyValue', `The service principal cannot be created, updated, or restored because the service principal name ${appId} is already in use.`);
}

export function updateServicePrincipal(store: DirectoryStore, before: ServicePrincipal, body: ServicePrincipalBody): void {
  if (body.appId !== undefined && body.appId !== before.appId) throw badRequest("Property 'appId' is read-only and cannot be set.", 'appId');
  const values = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined)) as Partial<ServicePrincipal>;
  store.servicePrincipals.put(before.id, { ...before, ...values });
}

/** The service principal as Graph answers it: with what it shows of its application. */
export function presentServicePrincipal(store: DirectoryStore, principal: ServicePrincipal, deleted?: { deletedDateTime: string; application: Application | undefined }): GraphObject {
  const { agentBlueprintAppId: _blueprint, ...values } = principal;
  const application = deleted?.application ?? store.applicationByAppId(principal.appId);
  return {
    ...values,
    displayName: application?.displayName ?? principal.displayName,
    deletedDateTime: deleted?.deletedDateTime ?? null,
    addIns: [],
    appDescription: application?.description ?? null,
    appDisplayName: application?.displayName ?? null,
    appOwnerOrganizationId: application ? store.tenantId : null,
    appRoles: application?.appRoles ?? [],
    homepage: principal.homepage ?? application?.web.homePageUrl ?? null,
    info: application?.info ?? null,
    keyCredentials: [],
    logoutUrl: application?.web.logoutUrl ?? null,
    oauth2PermissionScopes: application?.api.oauth2PermissionScopes ?? [],
    passwordCredentials: [],
    replyUrls: application ? [...application.web.redirectUris, ...application.spa.redirectUris, ...application.publicClient.redirectUris] : [],
    servicePrincipalNames: [...(application?.identifierUris ?? []), principal.appId],
    signInAudience: application?.signInAudience ?? null,
  };
}

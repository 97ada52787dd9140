import { AzureError } from '../core/errors.ts';
import type { Application } from '../entra/records.ts';
import type { DirectoryStore } from '../entra/store.ts';
import { validateApplication, type Tenant } from './applicationRules.ts';
import type { ApplicationBody } from './bodies.ts';
import { badRequest } from './graphError.ts';
import type { GraphObject } from './query.ts';

const tenantOf = (store: DirectoryStore): Tenant => ({
  tenantId: store.tenantId,
  domain: store.domain,
  holderOf: (uri) => store.applicationByIdentifierUri(uri),
});

/** @throws AzureError Request_BadRequest and the codes of `validateApplication` */
export function createApplication(store: DirectoryStore, body: ApplicationBody): Application {
  const { displayName } = body;
  if (displayName === undefined) throw badRequest("A value is required for property 'displayName' of resource 'Application'.", 'displayName');
  const made = store.draftApplication(displayName);
  const application = merge(made, body);
  validateApplication(application, undefined, tenantOf(store));
  store.applications.put(application.id, application);
  return application;
}

/** Properties that are absent stay; those of `api`, `web` and `info` one by one; lists are replaced. */
export function updateApplication(store: DirectoryStore, before: Application, body: ApplicationBody): Application {
  const after = merge(before, body);
  validateApplication(after, before, tenantOf(store));
  store.applications.put(after.id, after);
  dropAssignmentsOfGoneRoles(store, before, after);
  return after;
}

/** @throws AzureError when the identifier URIs of a deleted application are taken meanwhile */
export function refuseConflictingRestore(store: DirectoryStore, application: Application): void {
  for (const uri of application.identifierUris) {
    const holder = store.applicationByIdentifierUri(uri);
    if (holder) throw new AzureError(409, 'Request_MultipleObjectsWithSameKeyValue', `The application cannot be restored: its identifier URI '${uri}' belongs to ${holder.displayName} (${holder.id}) meanwhile.`);
  }
}

/** The application as Graph answers it. */
export function presentApplication(application: Application, deletedDateTime: string | null = null): GraphObject {
  return { ...application, deletedDateTime, addIns: [], applicationTemplateId: null, tokenEncryptionKeyId: null, verifiedPublisher: { displayName: null, verifiedPublisherId: null, addedDateTime: null } };
}

function merge(before: Application, body: ApplicationBody): Application {
  const { api, web, info, ...rest } = body;
  const { redirectUriSettings: _settings, ...webValues } = web ?? {};
  return {
    ...before,
    ...given(rest),
    api: { ...before.api, ...given(api ?? {}) },
    web: { ...before.web, ...given(webValues) },
    info: { ...before.info, ...given(info ?? {}) },
  };
}

/** The values that are not undefined, with their types. */
function given<T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as { [K in keyof T]: Exclude<T[K], undefined> };
}

/** An assignment ends with its role. */
function dropAssignmentsOfGoneRoles(store: DirectoryStore, before: Application, after: Application): void {
  const kept = new Set(after.appRoles.map(({ id }) => id));
  const gone = new Set(before.appRoles.map(({ id }) => id).filter((id) => !kept.has(id)));
  const resource = store.servicePrincipalByAppId(after.appId);
  if (gone.size === 0 || !resource) return;
  for (const [id, { resourceId, appRoleId }] of store.assignments.entries()) {
    if (resourceId === resource.id && gone.has(appRoleId)) store.assignments.delete(id);
  }
}

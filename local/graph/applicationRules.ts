import { AzureError, notSupportedLocally } from '../core/errors.ts';
import type { Application } from '../entra/records.ts';
import { isLoopback, parseUrl } from '../entra/redirectUris.ts';
import { badRequest } from './graphError.ts';

/** What the rules about an application need to know of its tenant. */
export interface Tenant {
  readonly tenantId: string;
  readonly domain: string;
  /** The application that holds an identifier URI. */
  holderOf(identifierUri: string): { id: string; displayName: string } | undefined;
}

/**
 * Judges an application as a request would leave it.
 * @param before the application as it is; undefined when it is new
 * @throws AzureError
 */
export function validateApplication(after: Application, before: Application | undefined, tenant: Tenant): void {
  validateAudience(after);
  validateEntitlements(after);
  if (before) validateEnabledEntitlements(after, before);
  validatePreAuthorized(after);
  for (const uri of after.identifierUris) if (!before?.identifierUris.includes(uri)) validateIdentifierUri(uri, after, tenant);
  if (new Set(after.identifierUris).size !== after.identifierUris.length) throw duplicate('identifierUris');
  validateRedirectUris(after);
}

function validateAudience({ signInAudience }: Application): void {
  if (['AzureADandPersonalMicrosoftAccount', 'PersonalMicrosoftAccount'].includes(signInAudience)) throw notSupportedLocally(`signInAudience ${signInAudience}`);
  if (!['AzureADMyOrg', 'AzureADMultipleOrgs'].includes(signInAudience)) {
    throw badRequest(`Invalid value '${signInAudience}' for signInAudience. Allowed: AzureADMyOrg, AzureADMultipleOrgs.`, 'signInAudience');
  }
}

interface Entitlement {
  readonly kind: 'appRoles' | 'api.oauth2PermissionScopes';
  readonly id: string;
  readonly value: string | null;
  readonly isEnabled: boolean;
}

function entitlementsOf(application: Application): Entitlement[] {
  return [
    ...application.appRoles.map(({ id, value, isEnabled }) => ({ kind: 'appRoles' as const, id, value, isEnabled })),
    ...application.api.oauth2PermissionScopes.map(({ id, value, isEnabled }) => ({ kind: 'api.oauth2PermissionScopes' as const, id, value, isEnabled })),
  ];
}

/** Characters and length. Source: learn.microsoft.com, "appRole resource type" and "permissionScope resource type", property `value`. */
const VALUE = /^(?!\.)[0-9A-Za-z!#$%&'()*+,\-./:;<=>?@[\]^_`{|}~]{1,120}$/;

/** Roles and scopes of one application share their ids and their values. */
function validateEntitlements(application: Application): void {
  const ids = new Set<string>();
  const values = new Set<string>();
  for (const { kind, id, value } of entitlementsOf(application)) {
    if (ids.has(id)) throw duplicate(`${kind}.id`, id);
    ids.add(id);
    if (value === null || value === '') {
      // A role without value is assigned and never claimed; a scope has to be asked for by its value.
      if (kind === 'appRoles') continue;
      throw badRequest(`Scope ${id} has no value; a delegated permission scope needs one.`, `${kind}.value`);
    }
    if (!VALUE.test(value)) throw badRequest(`Invalid value '${value}' in ${kind}: 1 to 120 characters of 0-9 A-Z a-z and ! # $ % & ' ( ) * + , - . / : ; < = > ? @ [ ] ^ _ \` { | } ~, not beginning with a dot.`, `${kind}.value`);
    if (values.has(value)) throw duplicate(`${kind}.value`, value);
    values.add(value);
  }
}

/** Source: learn.microsoft.com, "Update application", the note on appRoles and oauth2PermissionScopes. */
function validateEnabledEntitlements(after: Application, before: Application): void {
  const now = entitlementsOf(after);
  for (const old of entitlementsOf(before)) {
    if (!old.isEnabled) continue;
    const same = now.find(({ kind, id }) => kind === old.kind && id === old.id);
    if (same && same.value === old.value) continue;
    throw new AzureError(
      400,
      'CannotDeleteOrUpdateEnabledEntitlement',
      `Permission (scope or role) cannot be deleted or updated unless disabled first: ${old.kind} ${old.value ?? ''} (${old.id}). Send it with isEnabled false, then ${same ? 'change' : 'remove'} it.`,
    );
  }
}

function validatePreAuthorized({ api }: Application): void {
  const known = new Set(api.oauth2PermissionScopes.map(({ id }) => id));
  for (const { appId, delegatedPermissionIds } of api.preAuthorizedApplications) {
    for (const id of delegatedPermissionIds) {
      if (!known.has(id)) throw badRequest(`Property api.preAuthorizedApplications of ${appId} names the permission ${id}, which is no scope of this application.`, 'api.preAuthorizedApplications');
    }
  }
}

/**
 * Source: learn.microsoft.com, "Restrictions on identifier URIs of Microsoft Entra applications" and "Security best practices for application
 * properties", section "Application ID URI". A host outside the tenant's verified domains passes only on a single-tenant application with v2 tokens.
 */
function validateIdentifierUri(uri: string, application: Application, tenant: Tenant): void {
  const target = 'identifierUris';
  const holder = tenant.holderOf(uri);
  if (holder && holder.id !== application.id) {
    throw new AzureError(400, 'ObjectConflict', `Another object with the same value for property identifierUris already exists: '${uri}' belongs to ${holder.displayName} (${holder.id}).`);
  }
  const url = parseUrl(uri);
  if (!url || uri.length > 255 || /[*\s]/.test(uri)) throw badRequest(`Invalid identifier URI '${uri}': it has to be an absolute URI of at most 255 characters without wildcards.`, target);
  if (uri.endsWith('/')) throw badRequest(`Invalid identifier URI '${uri}': it must not end with a slash.`, target);
  const hasVersion2 = application.api.requestedAccessTokenVersion === 2;
  if (url.protocol === 'https:') {
    const onDomain = url.hostname === tenant.domain || url.hostname.endsWith(`.${tenant.domain}`);
    if (onDomain || (hasVersion2 && application.signInAudience === 'AzureADMyOrg')) return;
    throw new AzureError(
      400,
      'HostNameNotOnVerifiedDomain',
      `Values of identifierUris property must use a verified domain of the organization or its subdomain: '${uri}'. ` +
        `Another host passes only on an application with signInAudience AzureADMyOrg (it is ${application.signInAudience}) and api.requestedAccessTokenVersion 2 (it is ${application.api.requestedAccessTokenVersion ?? 'null'}).`,
    );
  }
  if (url.protocol === 'api:') {
    const parts = uri.slice('api://'.length).toLowerCase().split('/');
    if (hasVersion2 || parts.includes(application.appId) || parts[0] === tenant.tenantId || parts[0] === tenant.domain) return;
    throw badRequest(`Failed to add identifier URI '${uri}'. All newly added URIs must contain a tenant verified domain, tenant ID, or app ID, as per the default app management policy of your organization; or request v2 tokens first (api.requestedAccessTokenVersion 2).`, target);
  }
  throw badRequest(`Invalid identifier URI '${uri}': its scheme has to be api or https.`, target);
}

/** Source: learn.microsoft.com, "Redirect URI (reply URL) outline and restrictions". */
function validateRedirectUris(application: Application): void {
  for (const platform of ['web', 'spa', 'publicClient'] as const) {
    const uris = application[platform].redirectUris;
    const target = `${platform}.redirectUris`;
    if (new Set(uris).size !== uris.length) throw duplicate(target);
    for (const uri of uris) {
      const url = parseUrl(uri);
      if (!url || url.hash !== '' || uri.includes('#') || uri.includes('*')) throw badRequest(`Invalid redirect URI '${uri}' in ${target}: it has to be an absolute URI without fragment and wildcard.`, target);
      const isSecure = url.protocol === 'https:' || isLoopback(url) || (platform === 'publicClient' && url.protocol !== 'http:');
      if (!isSecure) throw badRequest(`Invalid redirect URI '${uri}' in ${target}: it has to be https, or http on localhost or 127.0.0.1${platform === 'publicClient' ? ', or a scheme of the client' : ''}.`, target);
    }
  }
}

function duplicate(property: string, value?: string): AzureError {
  const message = `Request contains a property with duplicate values: ${property}${value === undefined ? '' : ` '${value}'`}. App roles and scopes of one application share their ids and values.`;
  return new AzureError(400, 'Request_BadRequest', message, { details: [{ code: 'DuplicateValue', message, target: property }] });
}

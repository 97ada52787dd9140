import { checkClientSecret } from './clientSecrets.ts';
import { EntraError, notOfferedLocally } from './entraError.ts';
import type { Application, ServicePrincipal } from './records.ts';
import type { DirectoryStore } from './store.ts';

export type Parameters = Readonly<Record<string, string>>;

/** The client of a token request, with what it proved. */
export interface Client {
  readonly application: Application;
  readonly servicePrincipal: ServicePrincipal;
  readonly proof: 'none' | 'secret';
}

/**
 * Finds the client of a token request and checks its secret, when it sends one, in the body or as HTTP Basic.
 * @param authorization value of the Authorization header
 * @throws EntraError AADSTS900144, 700016, 7000229, 7000112, 7000215, 7000222
 */
export function authenticateClient(store: DirectoryStore, parameters: Parameters, authorization: string | undefined): Client {
  if (parameters['client_assertion'] !== undefined || parameters['client_assertion_type'] !== undefined) {
    throw notOfferedLocally('Client authentication by client_assertion');
  }
  const basic = authorization === undefined ? undefined : readBasic(authorization);
  if (basic && parameters['client_secret'] !== undefined) {
    throw new EntraError(400, 'invalid_request', 70025, 'The request authenticates the client twice, in the Authorization header and in the body. Send the secret in one of them.');
  }
  const clientId = basic?.id ?? parameters['client_id'];
  const secret = basic?.secret ?? parameters['client_secret'];
  const application = findClient(store, clientId);
  const servicePrincipal = store.servicePrincipalByAppId(application.appId);
  if (!servicePrincipal) {
    throw new EntraError(400, 'invalid_client', 7000229, `The client application ${application.appId} is missing service principal in the tenant ${store.tenantId}. Create the service principal of the application.`);
  }
  if (!servicePrincipal.accountEnabled) {
    throw new EntraError(400, 'unauthorized_client', 7000112, `Application '${application.appId}'(${application.displayName}) is disabled.`);
  }
  if (secret === undefined) return { application, servicePrincipal, proof: 'none' };
  const judged = checkClientSecret(store, application, secret);
  if (judged === 'wrong') {
    throw new EntraError(401, 'invalid_client', 7000215, `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${application.appId}'.`);
  }
  if (judged === 'expired') {
    throw new EntraError(401, 'invalid_client', 7000222, `The provided client secret keys for app '${application.appId}' are expired. Add a new secret to the application.`);
  }
  return { application, servicePrincipal, proof: 'secret' };
}

/** @throws EntraError AADSTS900144, 700016 */
export function findClient(store: DirectoryStore, clientId: string | undefined): Application {
  if (clientId === undefined) throw missingParameter('client_id');
  const application = store.applicationByAppId(clientId);
  if (!application) {
    throw new EntraError(400, 'unauthorized_client', 700016, `Application with identifier '${clientId}' was not found in the directory '${store.tenantId}'. This can happen if the application has not been installed by the administrator of the tenant. You may have sent your authentication request to the wrong tenant.`);
  }
  return application;
}

/** @throws EntraError AADSTS7000218 when a client that has to prove itself did not */
export function requireSecret(client: Client): void {
  if (client.proof === 'none') {
    throw new EntraError(401, 'invalid_client', 7000218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.");
  }
}

/** @throws EntraError AADSTS700025 when a public client sends a secret */
export function refuseSecret(client: Client): void {
  if (client.proof !== 'none') {
    throw new EntraError(401, 'invalid_client', 700025, "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.");
  }
}

export function missingParameter(name: string): EntraError {
  return new EntraError(400, 'invalid_request', 900144, `The request body must contain the following parameter: '${name}'.`);
}

/** RFC 6749, 2.3.1: both parts are form-encoded before they are joined. */
function readBasic(authorization: string): { id: string; secret: string } {
  const [scheme, value] = authorization.split(' ');
  const malformed = new EntraError(401, 'invalid_client', 7000216, 'The Authorization header has to be HTTP Basic with the client id and the client secret, both form-encoded; or leave it out and send them in the body.');
  if (scheme?.toLowerCase() !== 'basic' || value === undefined) throw malformed;
  const text = Buffer.from(value, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon === -1) throw malformed;
  try {
    const decode = (part: string): string => decodeURIComponent(part.replaceAll('+', ' '));
    return { id: decode(text.slice(0, colon)), secret: decode(text.slice(colon + 1)) };
  } catch {
    throw malformed;
  }
}

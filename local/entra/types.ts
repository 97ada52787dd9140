/** Who a verified token speaks for. */
export interface Principal {
  readonly objectId: string;
  readonly kind: 'user' | 'servicePrincipal';
  /** Application (client) id of the acting client: `appid`/`azp`. */
  readonly clientId: string | undefined;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** A token as the token endpoints answer it. */
export interface IssuedToken {
  readonly accessToken: string;
  readonly expiresOn: Date;
  readonly resource: string;
}

/** The audience values that Azure's own services accept, by service. */
export const AUDIENCES = {
  arm: ['https://management.azure.com', 'https://management.azure.com/', 'https://management.core.windows.net', 'https://management.core.windows.net/'],
  graph: ['https://graph.microsoft.com', '00000003-0000-0000-c000-000000000000'],
  keyVault: ['https://vault.azure.net', 'https://vault.azure.net/'],
  storage: ['https://storage.azure.com', 'https://storage.azure.com/'],
  monitor: ['https://monitor.azure.com', 'https://monitor.azure.com/', 'https://monitor.azure.com//'],
  logAnalytics: ['https://api.loganalytics.io', 'https://api.loganalytics.io/', 'https://api.applicationinsights.io', 'https://api.applicationinsights.io/'],
} as const;

/** The tenant's directory, in process: what other services of the local Azure ask of Entra. */
export interface Directory {
  readonly tenantId: string;
  /** Base URL of the login service, without a trailing slash; the authority is `${authorityHost}/${tenantId}`. */
  readonly authorityHost: string;
  /** Makes the service principal of a user-assigned identity, or finds it: the same resource id gives the same ids. */
  ensureManagedIdentity(resourceId: string): { principalId: string; clientId: string };
  deleteManagedIdentity(resourceId: string): void;
  /**
   * Verifies a bearer token issued by this tenant.
   * @param authorization value of the Authorization header
   * @param audiences accepted `aud` values
   * @throws AzureError 401 InvalidAuthenticationToken…, without quoting the token
   */
  verify(authorization: string | undefined, audiences: readonly string[]): Promise<Principal>;
  /** A token for a managed identity, as the identity endpoint of a worker hands it out. @param identity resource id or client id */
  issueForManagedIdentity(identity: string, resource: string): Promise<IssuedToken>;
  /** A token of the operator that owns the local subscription; the engine's providers and the commands act as it. */
  issueForOperator(resource: string): Promise<IssuedToken>;
  /** The operator: a service principal with Owner on the subscription, with its credential for the SDK's environment variables. */
  readonly operator: { readonly objectId: string; readonly clientId: string; readonly clientSecret: string };
  /** Whether an object id stands in the directory (role assignments name principals). */
  hasPrincipal(objectId: string): boolean;
}

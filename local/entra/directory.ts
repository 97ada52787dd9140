import type { LocalContext } from '../core/context.ts';
import { AzureError } from '../core/errors.ts';
import { createMcpCallers, type McpTokenRequest } from './mcpCallers.ts';
import type { ServicePrincipal } from './records.ts';
import { resolveResource } from './resources.ts';
import type { Seed } from './seed.ts';
import type { SigningKeys } from './signingKeys.ts';
import type { DirectoryStore } from './store.ts';
import type { TokenIssuer } from './tokenIssuer.ts';
import type { Directory, IssuedToken } from './types.ts';
import { EntraError } from './entraError.ts';
import { verifyBearerToken } from './verify.ts';

/** The directory with what the commands and the other services of the tenant ask beyond `Directory`. */
export interface LocalDirectory extends Directory {
  /** The objects of the directory, as Graph manages them. */
  readonly store: DirectoryStore;
  /** Client id of the public client "Local command line". */
  readonly commandLineClientId: string;
  /** A token for tools of a deployed MCP server. @throws AzureError UnknownMcpApplication, UnknownTool, NoTools */
  issueForMcp(request: McpTokenRequest): Promise<IssuedToken>;
  /** A new key signs from now on; tokens of the old one stay valid. @returns the new key id */
  rotateSigningKey(): Promise<string>;
  /** The resource id of a managed identity, by resource id, client id or object id. */
  findManagedIdentity(identity: string): { resourceId: string; principalId: string; clientId: string } | undefined;
}

export function createDirectory(deps: { context: LocalContext; store: DirectoryStore; keys: SigningKeys; issuer: TokenIssuer; seed: Seed; authorityHost: string }): LocalDirectory {
  const { context, store, keys, issuer, seed, authorityHost } = deps;

  const managedIdentity = (identity: string): ServicePrincipal | undefined => {
    const wanted = identity.toLowerCase();
    return store.servicePrincipals
      .values()
      .find((principal) => principal.servicePrincipalType === 'ManagedIdentity' && [principal.id, principal.appId, resourceIdOf(principal)?.toLowerCase()].includes(wanted));
  };

  const issue = async (principal: ServicePrincipal, proof: 'secret' | 'certificate', resource: string): Promise<IssuedToken> => {
    try {
      return await issuer.forServicePrincipal(principal, proof, resolveResource(store, resource));
    } catch (error) {
      if (error instanceof EntraError) throw new AzureError(error.status, error.error, error.message);
      throw error;
    }
  };

  return {
    store,
    tenantId: context.tenantId,
    authorityHost,
    operator: seed.operator,
    commandLineClientId: seed.commandLineAppId,
    ensureManagedIdentity(resourceId) {
      const known = managedIdentity(resourceId);
      const principal =
        known ??
        store.addServicePrincipal({
          appId: crypto.randomUUID(),
          displayName: resourceId.split('/').at(-1) ?? resourceId,
          servicePrincipalType: 'ManagedIdentity',
          // Explicit is an identity with a resource of its own; a system-assigned one bears the id of its site.
          alternativeNames: [`isExplicit=${/\/userAssignedIdentities\//i.test(resourceId) ? 'True' : 'False'}`, resourceId],
        });
      return { principalId: principal.id, clientId: principal.appId };
    },
    deleteManagedIdentity(resourceId) {
      const principal = managedIdentity(resourceId);
      if (!principal) return;
      // The principal of a managed identity is not kept for restoring: it goes with its resource.
      store.deleteServicePrincipal(principal.id);
      store.purge(principal.id);
    },
    findManagedIdentity(identity) {
      const principal = managedIdentity(identity);
      const resourceId = principal && resourceIdOf(principal);
      return principal && resourceId !== undefined ? { resourceId, principalId: principal.id, clientId: principal.appId } : undefined;
    },
    verify: (authorization, audiences) => verifyBearerToken({ keys, tenantId: context.tenantId, authorityHost, now: context.now }, authorization, audiences),
    async issueForManagedIdentity(identity, resource) {
      const principal = managedIdentity(identity);
      if (!principal) throw new AzureError(400, 'identity_not_found', `No managed identity of the tenant has the resource id, client id or object id ${identity}.`);
      return issue(principal, 'certificate', resource);
    },
    async issueForOperator(resource) {
      const principal = store.servicePrincipals.get(seed.operator.objectId);
      if (!principal) throw new AzureError(500, 'LocalOperatorMissing', 'The service principal of the local operator is gone from the directory. Restart the local Azure: it is made again at start.');
      return issue(principal, 'secret', resource);
    },
    hasPrincipal: (objectId) => store.principal(objectId) !== undefined,
    issueForMcp: createMcpCallers({ context, store, issuer, commandLineAppId: seed.commandLineAppId }),
    rotateSigningKey: () => keys.rotate(),
  };
}

function resourceIdOf(principal: ServicePrincipal): string | undefined {
  return principal.alternativeNames.find((name) => name.startsWith('/'));
}

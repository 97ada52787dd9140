import type { FastifyInstance, FastifyRequest } from 'fastify';
import { MCP_PATH } from '../mcp/path.ts';
import { BASELINE_SCOPE } from '../tools/wellKnownAccess.ts';
import { publicUrlOf } from './hosts.ts';

const METADATA_PATH = '/.well-known/oauth-protected-resource';

/** Whom a client is sent to for tokens. */
export type IssuerOf = (request: FastifyRequest) => string;

/** Where a caller finds the metadata, for the challenges of 401 and 403. Source: RFC 9728, section 3.1. */
export function resourceMetadataUrl(request: FastifyRequest): string {
  return publicUrlOf(request, `${METADATA_PATH}${MCP_PATH}`);
}

/**
 * The scope of a tool as a client has to ask Entra for it: the identifier URI of the API, then the scope.
 * The identifier URI is the server's URL, which is why Entra accepts the MCP client's `resource` as it is.
 */
export function qualifiedScope(request: FastifyRequest, scope: string): string {
  return `${publicUrlOf(request, MCP_PATH)}/${scope}`;
}

/**
 * Protected resource metadata at the form with the endpoint's path and at the root form. Source: RFC 9728, sections 2 and 3.
 * @param issuerOf names the one authorization server: clients read the first of the list and no other
 */
export function registerResourceMetadata(app: FastifyInstance, issuerOf: IssuerOf): void {
  const answer = async (request: FastifyRequest): Promise<unknown> => ({
    resource: publicUrlOf(request, MCP_PATH),
    authorization_servers: [issuerOf(request)],
    bearer_methods_supported: ['header'],
    // The scopes of tools are asked for when a call needs them: a 403 names them.
    scopes_supported: [qualifiedScope(request, BASELINE_SCOPE)],
    resource_name: 'MCP server',
  });
  app.get(`${METADATA_PATH}${MCP_PATH}`, answer);
  app.get(METADATA_PATH, answer);
}

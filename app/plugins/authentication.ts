import type { FastifyRequest } from 'fastify';
import { SigningKeysUnavailableError } from '../access/signingKeys.ts';
import { TokenRefusedError } from '../access/verifyAccessToken.ts';
import { AppError } from '../errors.ts';
import type { Principal } from '../tools/principal.ts';
import { resourceMetadataUrl } from './resourceMetadata.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the authentication of /mcp. */
    principal: Principal | null;
  }
}

const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i;

/**
 * Makes the hook that lets only verified callers on, before any body is read.
 * @param verify the verifier of access tokens
 */
export function createAuthentication(verify: (token: string) => Promise<Principal>): (request: FastifyRequest) => Promise<void> {
  return async (request) => {
    const token = bearerTokenOf(request);
    if (token === undefined) throw new AppError('MCP_TOKEN_MISSING', { headers: { 'www-authenticate': challenge(request) } });
    try {
      request.principal = await verify(token);
    } catch (error) {
      throw refusal(request, error);
    }
  };
}

/** @returns undefined when there is no Authorization header, or one of another scheme. */
function bearerTokenOf(request: FastifyRequest): string | undefined {
  // Node keeps the first of several Authorization headers; another party on the way may have judged the last one.
  const headerCount = request.raw.rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === 'authorization').length;
  if (headerCount > 1) throw invalidToken(request, 'The request carries more than one Authorization header.');
  return BEARER.exec(request.headers.authorization ?? '')?.[1];
}

function refusal(request: FastifyRequest, error: unknown): unknown {
  if (error instanceof TokenRefusedError) {
    request.log.info({ reason: error.reason }, 'access token refused');
    return invalidToken(request, error.expired ? 'The access token has expired.' : 'The access token is not valid for this server.');
  }
  if (error instanceof SigningKeysUnavailableError) {
    return new AppError('MCP_SIGNING_KEYS_UNAVAILABLE', { headers: { 'retry-after': '5' }, cause: error });
  }
  return error;
}

function invalidToken(request: FastifyRequest, description: string): AppError {
  return new AppError('MCP_TOKEN_INVALID', {
    detail: description,
    headers: { 'www-authenticate': `${challenge(request)}, error="invalid_token", error_description="${description}"` },
  });
}

/** Source: RFC 9728, section 5.1. */
function challenge(request: FastifyRequest): string {
  return `Bearer resource_metadata="${resourceMetadataUrl(request)}"`;
}

import type { FastifyRequest, onRequestHookHandler } from 'fastify';
import type { TokenVerification } from '../access/rememberTokens.ts';
import { SigningKeysUnavailableError } from '../access/signingKeys.ts';
import { TokenRefusedError } from '../access/verifyAccessToken.ts';
import { AppError } from '../errors.ts';
import type { Principal } from '../tools/principal.ts';
import { BASELINE_SCOPE } from '../tools/wellKnownAccess.ts';
import { qualifiedScope, resourceMetadataUrl } from './resourceMetadata.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the authentication of /mcp. */
    principal: Principal | null;
  }
}

const USUAL_SCHEME = 'Bearer ';
const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i;

/**
 * Makes the hook that lets only verified callers on, before any body is read.
 * @param tokens verifies access tokens
 */
export function createAuthentication(tokens: TokenVerification): onRequestHookHandler {
  return (request, _reply, done) => {
    if (countOfAuthorization(request.raw.rawHeaders) > 1) return done(invalidToken(request, 'The request carries more than one Authorization header.'));
    const { authorization } = request.headers;
    // What is remembered was well-formed when it was verified, so that its form is not looked at again.
    const principal = authorization?.startsWith(USUAL_SCHEME) ? tokens.remembered(authorization.slice(USUAL_SCHEME.length)) : undefined;
    if (principal) {
      request.principal = principal;
      return done();
    }
    const token = bearerTokenOf(request);
    if (token === undefined) return done(new AppError('MCP_TOKEN_MISSING', { headers: { 'www-authenticate': challenge(request) } }));
    tokens.verify(token).then(
      (verified) => {
        request.principal = verified;
        done();
      },
      (error: unknown) => done(refusal(request, error)),
    );
  };
}

/** Makes the question whether a request carries an access token that is accepted, for routes that answer others too. */
export function createVerifiedCheck(tokens: TokenVerification): (request: FastifyRequest) => Promise<boolean> {
  return async (request) => {
    const token = countOfAuthorization(request.raw.rawHeaders) > 1 ? undefined : bearerTokenOf(request);
    return token !== undefined && tokens.verify(token).then(() => true, () => false);
  };
}

/** Node keeps the first of several Authorization headers; another party on the way may have judged the last one. */
function countOfAuthorization(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (name.length === 'authorization'.length && name.toLowerCase() === 'authorization') count += 1;
  }
  return count;
}

/** @returns undefined when there is no Authorization header, or one of another scheme. */
function bearerTokenOf(request: FastifyRequest): string | undefined {
  return BEARER.exec(request.headers.authorization ?? '')?.[1];
}

function refusal(request: FastifyRequest, error: unknown): Error {
  if (error instanceof TokenRefusedError) {
    request.log.info({ reason: error.reason }, 'access token refused');
    return invalidToken(request, error.expired ? 'The access token has expired.' : 'The access token is not valid for this server.', error);
  }
  if (error instanceof SigningKeysUnavailableError) {
    return new AppError('MCP_SIGNING_KEYS_UNAVAILABLE', { headers: { 'retry-after': '5' }, cause: error });
  }
  return error instanceof Error ? error : new Error(String(error));
}

function invalidToken(request: FastifyRequest, description: string, cause?: Error): AppError {
  return new AppError('MCP_TOKEN_INVALID', {
    detail: description,
    cause,
    headers: { 'www-authenticate': `${challenge(request)}, error="invalid_token", error_description="${description}"` },
  });
}

/** Source: RFC 9728, section 5.1. */
function challenge(request: FastifyRequest): string {
  return `Bearer resource_metadata="${resourceMetadataUrl(request)}", scope="${qualifiedScope(request, BASELINE_SCOPE)}"`;
}

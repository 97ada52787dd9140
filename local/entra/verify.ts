import { errors, jwtVerify, type JWTPayload } from 'jose';
import { z } from 'zod';
import { AzureError } from '../core/errors.ts';
import type { SigningKeys } from './signingKeys.ts';
import type { Principal } from './types.ts';

const claimsSchema = z.looseObject({
  oid: z.string(),
  tid: z.string(),
  exp: z.number(),
  nbf: z.number(),
  idtyp: z.string().optional(),
  appid: z.string().optional(),
  azp: z.string().optional(),
});

/**
 * Verifies a bearer token of this tenant, with the error codes of Azure Resource Manager.
 * Source: learn.microsoft.com, "Troubleshoot common Azure deployment errors"; RFC 6750, section 3.
 * @param authorization value of the Authorization header
 * @param audiences accepted `aud` values
 * @throws AzureError 401 AuthenticationFailed, InvalidAuthenticationToken, InvalidAuthenticationTokenTenant,
 * InvalidAuthenticationTokenAudience, ExpiredAuthenticationToken; no message quotes the token
 */
export async function verifyBearerToken(
  deps: { keys: SigningKeys; tenantId: string; authorityHost: string; now: () => Date },
  authorization: string | undefined,
  audiences: readonly string[],
): Promise<Principal> {
  const authority = `${deps.authorityHost}/${deps.tenantId}`;
  const refuse = (code: string, message: string, error?: 'invalid_token' | 'invalid_request'): AzureError => {
    const challenge = [`Bearer authorization_uri="${authority}"`, ...(error === undefined ? [] : [`error="${error}"`, `error_description="${message.replaceAll('"', "'")}"`])].join(', ');
    return new AzureError(401, code, message, { headers: { 'www-authenticate': challenge } });
  };
  if (authorization === undefined || authorization === '') throw refuse('AuthenticationFailed', "Authentication failed. The 'Authorization' header is missing.");
  const token = /^bearer +([A-Za-z0-9\-_.]+)$/i.exec(authorization.trim())?.[1];
  if (token === undefined) throw refuse('InvalidAuthenticationToken', "The 'Authorization' header has to be 'Bearer', a space and one access token.", 'invalid_request');

  const issuers = [`https://sts.windows.net/${deps.tenantId}/`, `${authority}/v2.0`];
  let payload: JWTPayload;
  try {
    ({ payload } = await jwtVerify(
      token,
      (header) => {
        const key = header.kid === undefined ? undefined : deps.keys.publicKey(header.kid);
        if (!key) throw new errors.JWKSNoMatchingKey();
        return key;
      },
      { algorithms: ['RS256'], issuer: issuers, audience: [...audiences], currentDate: deps.now(), requiredClaims: ['exp', 'nbf', 'oid', 'tid'] },
    ));
  } catch (error) {
    throw explain(error, deps, { refuse, authority, audiences });
  }
  const parsed = claimsSchema.safeParse(payload);
  if (!parsed.success || parsed.data.tid !== deps.tenantId) throw refuse('InvalidAuthenticationToken', 'The access token is invalid: its claims are not those of an access token of this tenant.', 'invalid_token');
  const claims = parsed.data;
  return { objectId: claims.oid, kind: claims.idtyp === 'app' ? 'servicePrincipal' : 'user', clientId: claims.appid ?? claims.azp, claims };
}

type Refuse = (code: string, message: string, error: 'invalid_token') => AzureError;

function explain(error: unknown, deps: { now: () => Date; tenantId: string }, more: { refuse: Refuse; authority: string; audiences: readonly string[] }): AzureError {
  const { refuse } = more;
  if (error instanceof errors.JWTExpired) {
    const expiry = new Date((error.payload.exp ?? 0) * 1000).toISOString();
    return refuse('ExpiredAuthenticationToken', `The access token expiry UTC time '${expiry}' is earlier than current UTC time '${deps.now().toISOString()}'. Get a new token.`, 'invalid_token');
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'aud') {
      return refuse('InvalidAuthenticationTokenAudience', `The access token has been obtained for wrong audience or resource '${String(error.payload.aud)}'. It should exactly match with one of the allowed audiences '${more.audiences.join("','")}'.`, 'invalid_token');
    }
    if (error.claim === 'iss') {
      return refuse('InvalidAuthenticationTokenTenant', `The access token is from the wrong issuer '${String(error.payload.iss)}'. It must match the tenant '${deps.tenantId}' associated with this subscription. Please use the authority (URL) '${more.authority}' to get the token.`, 'invalid_token');
    }
    if (error.claim === 'nbf') return refuse('InvalidAuthenticationToken', 'The access token is not yet valid.', 'invalid_token');
    return refuse('InvalidAuthenticationToken', `The access token is invalid: claim '${error.claim}' is missing or wrong.`, 'invalid_token');
  }
  if (error instanceof errors.JWKSNoMatchingKey) {
    return refuse('InvalidAuthenticationToken', "The access token is invalid: its signing key is none of this tenant's published keys.", 'invalid_token');
  }
  if (error instanceof errors.JOSEError) return refuse('InvalidAuthenticationToken', 'The access token is invalid: it is not a JWT signed by this tenant with RS256.', 'invalid_token');
  throw error;
}

import { errors, jwtVerify, type JWTHeaderParameters } from 'jose';
import { z } from 'zod';
import type { AgentFacets, Principal } from '../tools/principal.ts';
import { SigningKeysUnavailableError, type FindKey } from './signingKeys.ts';

/** The token is not accepted. `reason` is for our log; the caller learns only that it is invalid or expired. */
export class TokenRefusedError extends Error {
  readonly reason: string;
  readonly expired: boolean;
  constructor(reason: string, expired = false) {
    super(`The access token is refused: ${reason}`);
    this.name = 'TokenRefusedError';
    this.reason = reason;
    this.expired = expired;
  }
}

export interface TokenRules {
  readonly tenantId: string;
  /** Application id of the API: `aud` of a v2 token. */
  readonly clientId: string;
  readonly authorityHost: string;
  readonly findKey: FindKey;
  readonly now?: () => Date;
}

/** An accepted token. */
export interface VerifiedToken {
  readonly principal: Principal;
  /** When it ends, in milliseconds since 1970. */
  readonly expiresAtMs: number;
}

/** Difference of clocks that is forgiven, in seconds. */
const CLOCK_SKEW_SECONDS = 60;
/**
 * Longest time between `iat` and `exp`, in seconds: Entra's tokens live for up to 28 hours, and their `iat` lies some minutes before they are issued.
 * Source: learn.microsoft.com, "Continuous access evaluation in Microsoft Entra", section "Token lifetime".
 */
const MAX_LIFETIME_SECONDS = 30 * 3_600;
/** `typ` of Entra's access tokens. Source: learn.microsoft.com, "Access token claims reference", section "Header claims". */
const TOKEN_TYPE = 'JWT';
/** Three parts in base64url without padding. Source: RFC 7515, section 7.1. */
const COMPACT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.([A-Za-z0-9_-]+)$/;

/** Facets are numbers, separated by spaces or as a list. Source: learn.microsoft.com, "Agent token claims". */
const facetsSchema = z.union([z.string().transform((text) => text.split(' ')), z.array(z.union([z.string(), z.number()]).transform(String))]).default([]);
/** The actor is an agent identity; the subject is an agent's user account. */
const AGENT_IDENTITY = '11';
const AGENT_USER = '13';

const claimsSchema = z.object({
  iat: z.number(),
  exp: z.number(),
  ver: z.literal('2.0'),
  tid: z.string(),
  oid: z.guid(),
  azp: z.guid(),
  idtyp: z.enum(['app', 'user']).optional(),
  scp: z.string().optional(),
  roles: z.array(z.string()).default([]),
  name: z.string().optional(),
  xms_act_fct: facetsSchema,
  xms_sub_fct: facetsSchema,
  xms_par_app_azp: z.string().optional(),
});

/**
 * Makes the verifier of access tokens: RS256 signature by a key of the tenant, issuer, tenant, audience, lifetime, and the claims that say
 * who acts. An app is one by `idtyp`, never by the mere absence of `scp`; a delegated token has `scp`, which an ID token lacks.
 * Source: learn.microsoft.com, "Access tokens in the Microsoft identity platform", section "Validate tokens", and
 * "Access token claims reference".
 * @returns a function that answers the principal and the end of the token
 * @throws TokenRefusedError, or SigningKeysUnavailableError when no key can be had
 */
export function createAccessTokenVerifier(rules: TokenRules): (token: string) => Promise<VerifiedToken> {
  const issuer = `${rules.authorityHost}/${rules.tenantId}/v2.0`;
  const now = rules.now ?? (() => new Date());
  return async (token) => {
    const payload = await verifySignature(token, { ...rules, issuer, now });
    const claims = claimsSchema.safeParse(payload);
    if (!claims.success) throw new TokenRefusedError(`claims ${claims.error.issues.map((issue) => issue.path.join('.')).join(', ')} are missing or have another form`);
    const { iat, exp, tid, oid, azp, idtyp, scp, roles, name } = claims.data;
    if (tid !== rules.tenantId) throw new TokenRefusedError('claim tid names another tenant');
    if (iat > now().getTime() / 1_000 + CLOCK_SKEW_SECONDS) throw new TokenRefusedError('claim iat lies in the future');
    if (exp - iat > MAX_LIFETIME_SECONDS) throw new TokenRefusedError('claim exp lies further after iat than Entra lets a token live');
    const kind = idtyp === 'app' ? 'app' : 'user';
    const scopes = scp?.split(' ').filter((scope) => scope !== '') ?? [];
    if (kind === 'user' && scopes.length === 0) throw new TokenRefusedError('it is neither an app token (idtyp is not "app") nor a delegated one (no scp)');
    if (kind === 'app' && scp !== undefined) throw new TokenRefusedError('claims idtyp "app" and scp contradict each other');
    return { principal: { kind, oid, tid, azp, idtyp, name, agent: agentOf(claims.data), roles, scopes }, expiresAtMs: exp * 1_000 };
  };
}

function agentOf({ xms_act_fct: acting, xms_sub_fct: subject, xms_par_app_azp: blueprint }: z.output<typeof claimsSchema>): AgentFacets | undefined {
  const [identity, userAccount] = [acting.includes(AGENT_IDENTITY), subject.includes(AGENT_USER)];
  return identity || userAccount ? { identity, userAccount, blueprint } : undefined;
}

async function verifySignature(token: string, rules: TokenRules & { issuer: string; now: () => Date }): Promise<unknown> {
  const currentDate = rules.now();
  if (!isCompact(token)) throw new TokenRefusedError('it is not a signed JWT in compact form');
  try {
    const { payload } = await jwtVerify(token, (header, jws) => {
      if (!namesItsKey(header)) throw new TokenRefusedError('its header does not name one key of the tenant');
      return rules.findKey(header, jws);
    }, {
      typ: TOKEN_TYPE,
      algorithms: ['RS256'],
      issuer: rules.issuer,
      audience: rules.clientId,
      clockTolerance: CLOCK_SKEW_SECONDS,
      currentDate,
      requiredClaims: ['exp', 'nbf', 'iat'],
    });
    if (typeof payload.aud !== 'string') throw new TokenRefusedError('claim aud is not a single audience');
    return payload;
  } catch (error) {
    if (error instanceof SigningKeysUnavailableError || error instanceof TokenRefusedError) throw error;
    if (error instanceof errors.JWTExpired) throw new TokenRefusedError('it has expired', true);
    if (error instanceof errors.JOSEError) throw new TokenRefusedError(reasonOf(error));
    // Fail closed: odd headers and keys surface as other errors from jose and from WebCrypto.
    throw new TokenRefusedError('its header, key or signature has the wrong form');
  }
}

/** Of one signature there is one spelling: lenient decoders take others for the same, so that one token would have several texts. */
function isCompact(token: string): boolean {
  const signature = COMPACT.exec(token)?.[1];
  return signature !== undefined && Buffer.from(signature, 'base64url').toString('base64url') === signature;
}

/** Without a key id any key of the tenant would do. An unencoded payload is nothing that Entra signs. */
function namesItsKey({ kid, b64 }: JWTHeaderParameters): boolean {
  return typeof kid === 'string' && kid !== '' && b64 === undefined;
}

/** In words of jose and ours: its messages quote members of the header, which anybody can write. */
function reasonOf(error: errors.JOSEError): string {
  return error instanceof errors.JWTClaimValidationFailed ? `claim ${error.claim}: ${error.reason}` : error.code;
}

import { errors, jwtVerify } from 'jose';
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

/** Facets are numbers, separated by spaces or as a list. Source: learn.microsoft.com, "Agent token claims". */
const facetsSchema = z.union([z.string().transform((text) => text.split(' ')), z.array(z.union([z.string(), z.number()]).transform(String))]).default([]);
/** The actor is an agent identity; the subject is an agent's user account. */
const AGENT_IDENTITY = '11';
const AGENT_USER = '13';

const claimsSchema = z.object({
  exp: z.number(),
  ver: z.literal('2.0'),
  tid: z.string(),
  oid: z.string().min(1),
  azp: z.string().min(1),
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
    const { exp, tid, oid, azp, idtyp, scp, roles, name } = claims.data;
    if (tid !== rules.tenantId) throw new TokenRefusedError('claim tid names another tenant');
    const kind = idtyp === 'app' ? 'app' : 'user';
    if (kind === 'user' && scp === undefined) throw new TokenRefusedError('it is neither an app token (idtyp is not "app") nor a delegated one (no scp)');
    if (kind === 'app' && scp !== undefined) throw new TokenRefusedError('claims idtyp "app" and scp contradict each other');
    const scopes = scp?.split(' ').filter((scope) => scope !== '') ?? [];
    return { principal: { kind, oid, tid, azp, idtyp, name, agent: agentOf(claims.data), roles, scopes }, expiresAtMs: exp * 1_000 };
  };
}

function agentOf({ xms_act_fct: acting, xms_sub_fct: subject, xms_par_app_azp: blueprint }: z.output<typeof claimsSchema>): AgentFacets | undefined {
  const [identity, userAccount] = [acting.includes(AGENT_IDENTITY), subject.includes(AGENT_USER)];
  return identity || userAccount ? { identity, userAccount, blueprint } : undefined;
}

async function verifySignature(token: string, rules: TokenRules & { issuer: string; now: () => Date }): Promise<unknown> {
  const currentDate = rules.now();
  try {
    const { payload } = await jwtVerify(token, rules.findKey, {
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
    // jose's messages name the claim or the step that failed, never the token or a claim's value.
    if (error instanceof errors.JOSEError) throw new TokenRefusedError(`${error.code}: ${error.message}`);
    // Fail closed: odd headers and keys surface as other errors from jose and from WebCrypto.
    throw new TokenRefusedError('its header, key or signature has the wrong form');
  }
}

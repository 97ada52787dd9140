import { fastify } from 'fastify';
import { rememberTokens } from '../../app/access/rememberTokens.ts';
import { createSigningKeys } from '../../app/access/signingKeys.ts';
import { createAccessTokenVerifier } from '../../app/access/verifyAccessToken.ts';
import { LIMITS } from '../../app/limits.ts';
import { createAuthentication } from '../../app/plugins/authentication.ts';
import { listenOnLoopback } from './listen.ts';
import { registerRoutes } from './mcpRoutes.ts';

/** The MCP routes with the verification of access tokens, as app/app.ts puts it together. */
const [authorityHost, tenantId, clientId] = ['AZURE_AUTHORITY_HOST', 'MCP_ENTRA_TENANT_ID', 'MCP_ENTRA_CLIENT_ID'].map((name) => process.env[name] ?? '') as [string, string, string];
const findKey = createSigningKeys({ url: `${authorityHost}/${tenantId}/discovery/v2.0/keys`, now: Date.now, onReadFailure: (error) => process.stderr.write(`${String(error)}\n`) });
const verify = createAccessTokenVerifier({ authorityHost, tenantId, clientId, findKey, now: () => new Date() });

const http = fastify();
registerRoutes(http, createAuthentication(rememberTokens(verify, { capacity: LIMITS.rememberedTokens, durationMs: LIMITS.rememberedTokenMs, now: Date.now })));
await listenOnLoopback(http);

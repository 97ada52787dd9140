/** A daemon with the real Azure SDK: gets a token by client secret and verifies it by the published keys. Prints {claims} or {error}. */
import { ClientSecretCredential } from '@azure/identity';
import { createRemoteJWKSet, jwtVerify } from 'jose';

const { AUTHORITY_HOST = '', TENANT_ID = '', CLIENT_ID = '', CLIENT_SECRET = '', SCOPE = '', AUDIENCE = '', METADATA = '' } = process.env;
try {
  const credential = new ClientSecretCredential(TENANT_ID, CLIENT_ID, CLIENT_SECRET, { authorityHost: AUTHORITY_HOST, disableInstanceDiscovery: true });
  const { token, expiresOnTimestamp } = await credential.getToken(SCOPE);
  const configuration = (await (await fetch(`${AUTHORITY_HOST}/${TENANT_ID}${METADATA}`)).json()) as { issuer: string; jwks_uri: string };
  const keys = createRemoteJWKSet(new URL(configuration.jwks_uri));
  const { payload, protectedHeader } = await jwtVerify(token, keys, { issuer: configuration.issuer, audience: AUDIENCE, algorithms: ['RS256'] });
  process.stdout.write(JSON.stringify({ claims: payload, header: protectedHeader, secondsLeft: Math.round((expiresOnTimestamp - Date.now()) / 1000) }));
} catch (error) {
  process.stdout.write(JSON.stringify({ error: String(error) }));
}

/** A worker with the real Azure SDK: asks for a token of a user-assigned identity. Prints {token, secondsLeft} or {error}. */
import { ManagedIdentityCredential } from '@azure/identity';

const { AZURE_CLIENT_ID, SCOPE = '' } = process.env;
try {
  const credential = AZURE_CLIENT_ID === undefined ? new ManagedIdentityCredential() : new ManagedIdentityCredential({ clientId: AZURE_CLIENT_ID });
  const { token, expiresOnTimestamp } = await credential.getToken(SCOPE);
  process.stdout.write(JSON.stringify({ token, secondsLeft: Math.round((expiresOnTimestamp - Date.now()) / 1000) }));
} catch (error) {
  process.stdout.write(JSON.stringify({ error: String(error) }));
}

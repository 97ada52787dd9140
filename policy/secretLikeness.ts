/** Names that promise a secret. */
const SECRET_NAME = /(?:^|_)(?:SECRET|PASSWORD|PASSWD|PWD|TOKEN|CREDENTIALS?|API_?KEY|KEY|CONNECTION_?STRING|SAS)(?:_|$)/i;
/** Says where telemetry goes and opens nothing, as long as the component takes identities alone, which telemetry-entra-only judges. */
const NO_SECRET_NAMES = new Set(['APPLICATIONINSIGHTS_CONNECTION_STRING']);
const KEY_VAULT_REFERENCE = /^@Microsoft\.KeyVault\(.+\)$/i;
const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** A secret inside of a connection string, or a signature in a URL. */
const SECRET_PART = /(?:AccountKey|SharedAccessKey|SharedAccessSignature|Password|Pwd|Client_?Secret)\s*=|[?&](?:sig|code|access_token)=/i;
const TOKEN_LIKE = /^[A-Za-z0-9+/_.~-]{20,}={0,2}$/;
/** Bits a character. English words and identifiers stay below; 20 random base64 characters have about 4. */
const MIN_ENTROPY_BITS = 3.7;

export function hasSecretName(name: string): boolean {
  return SECRET_NAME.test(name) && !NO_SECRET_NAMES.has(name.toUpperCase());
}

/**
 * Whether a setting looks like a secret in clear: by its name, by what stands in it, or because it is as random as a key.
 * A Key Vault reference is none, whatever its name; neither is an address, a GUID or a path.
 */
export function looksLikeSecret(name: string, value: string): boolean {
  if (value === '' || KEY_VAULT_REFERENCE.test(value)) return false;
  if (SECRET_PART.test(value) || hasUserInfo(value)) return true;
  if (GUID.test(value) || isPlainUrl(value) || value.startsWith('/subscriptions/')) return false;
  return hasSecretName(name) || (TOKEN_LIKE.test(value) && /\d/.test(value) && /[A-Za-z]/.test(value) && entropyBits(value) >= MIN_ENTROPY_BITS);
}

function hasUserInfo(value: string): boolean {
  return URL.canParse(value) && new URL(value).password !== '';
}

function isPlainUrl(value: string): boolean {
  return /^https?:/.test(value) && URL.canParse(value) && new URL(value).search === '';
}

/** Shannon's entropy of the characters, in bits a character. */
function entropyBits(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => sum - (count / text.length) * Math.log2(count / text.length), 0);
}

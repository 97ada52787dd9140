/** A Key Vault reference taken apart. */
export type ParsedReference =
  | { readonly kind: 'secret'; readonly vaultUri?: string; readonly vaultName?: string; readonly secretName: string; readonly version?: string }
  | { readonly kind: 'invalid'; readonly details: string };

const NAME = /^[0-9a-zA-Z-]{1,127}$/;

/**
 * Reads the value of an app setting as a Key Vault reference.
 * Source: learn.microsoft.com, "Use Key Vault references as app settings", section "Understand source app settings from Key Vault".
 * @returns undefined when the value is no reference at all
 */
export function parseReference(value: string): ParsedReference | undefined {
  const match = /^@Microsoft\.KeyVault\((.*)\)$/is.exec(value.trim());
  if (!match) return /^@Microsoft\.KeyVault\b/i.test(value.trim()) ? { kind: 'invalid', details: 'The reference is not of the form @Microsoft.KeyVault(…).' } : undefined;
  const fields = new Map<string, string>();
  for (const part of (match[1] ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at > 0) fields.set(part.slice(0, at).trim().toLowerCase(), part.slice(at + 1).trim());
    else if (part.trim() !== '') return { kind: 'invalid', details: 'A part of the reference has no "=".' };
  }
  const uri = fields.get('secreturi');
  return uri === undefined ? byName(fields) : byUri(uri);
}

function byUri(text: string): ParsedReference {
  const uri = URL.canParse(text) ? new URL(text) : undefined;
  const [collection, secretName, version, ...rest] = uri?.pathname.split('/').slice(1).filter((segment, index, all) => segment !== '' || index < all.length - 1) ?? [];
  if (uri?.protocol !== 'https:' || collection !== 'secrets' || !NAME.test(secretName ?? '') || rest.length > 0 || (version !== undefined && !NAME.test(version))) {
    return { kind: 'invalid', details: 'SecretUri must be https://<vault>/secrets/<name>, with or without /<version>.' };
  }
  return { kind: 'secret', vaultUri: `${uri.origin}/`, secretName: secretName as string, ...(version === undefined ? {} : { version }) };
}

function byName(fields: ReadonlyMap<string, string>): ParsedReference {
  const vaultName = fields.get('vaultname') ?? '';
  const secretName = fields.get('secretname') ?? '';
  const version = fields.get('secretversion') || undefined;
  if (!NAME.test(vaultName) || !NAME.test(secretName) || (version !== undefined && !NAME.test(version))) {
    return { kind: 'invalid', details: 'A reference names SecretUri, or VaultName and SecretName (and SecretVersion, if it is to stay at one).' };
  }
  return { kind: 'secret', vaultName, secretName, ...(version === undefined ? {} : { version }) };
}

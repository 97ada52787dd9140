import { AzureError } from '../../core/errors.ts';
import type { Directory } from '../../entra/types.ts';
import { parseReference } from './parse.ts';
import type { SiteSpec } from '../siteSpec.ts';

/** What App Service asks of Key Vault. */
export interface ReferencedVaults {
  /** @throws AzureError VaultNotFound | SecretNotFound | SecretVersionNotFound | AccessToKeyVaultDenied */
  resolveReference(reference: { vaultUri?: string; vaultName?: string; secretName: string; version?: string; principalId: string; siteId: string }):
    | { value: string; version: string }
    | Promise<{ value: string; version: string }>;
}

export const REFERENCE_STATUSES = [
  'Resolved', 'InvalidSyntax', 'MSINotEnabled', 'VaultNotFound', 'SecretNotFound', 'SecretVersionNotFound', 'AccessToKeyVaultDenied', 'OtherReasons',
] as const;
export type ReferenceStatusName = (typeof REFERENCE_STATUSES)[number];

/** How one app setting's reference fared. Never the secret. */
export interface ReferenceStatus {
  readonly name: string;
  readonly reference: string;
  readonly status: ReferenceStatusName;
  readonly details: string;
  readonly vaultName: string | undefined;
  readonly secretName: string | undefined;
  /** The version that the reference names. */
  readonly secretVersion: string | undefined;
  /** The version that was read. */
  readonly activeVersion: string | undefined;
  readonly identityType: 'SystemAssigned' | 'UserAssigned';
}

export interface ResolvedSettings {
  /** In clear: references replaced by secrets, unresolved ones left as they are. */
  readonly settings: Readonly<Record<string, string>>;
  readonly references: readonly ReferenceStatus[];
}

/**
 * Resolves the Key Vault references among a site's app settings with the identity that the site names for it.
 * An unresolved reference reaches the app as the literal string.
 * Source: learn.microsoft.com, "Use Key Vault references as app settings".
 */
export async function resolveReferences(
  spec: SiteSpec,
  { keyVault, directory }: { keyVault: ReferencedVaults; directory: Pick<Directory, 'ensureManagedIdentity'> },
): Promise<ResolvedSettings> {
  const settings: Record<string, string> = {};
  const references: ReferenceStatus[] = [];
  for (const [name, value] of Object.entries(spec.settings)) {
    const outcome = await resolveOne(name, value, spec, { keyVault, directory });
    settings[name] = outcome?.value ?? value;
    if (outcome) references.push(outcome.status);
  }
  return { settings, references };
}

async function resolveOne(
  name: string,
  value: string,
  spec: SiteSpec,
  { keyVault, directory }: Parameters<typeof resolveReferences>[1],
): Promise<{ value: string | undefined; status: ReferenceStatus } | undefined> {
  const parsed = parseReference(value);
  if (!parsed) return undefined;
  const status = (result: ReferenceStatusName, details: string, activeVersion?: string): ReferenceStatus => ({
    name,
    reference: value,
    status: result,
    details,
    vaultName: parsed.kind === 'secret' ? (parsed.vaultName ?? parsed.vaultUri) : undefined,
    secretName: parsed.kind === 'secret' ? parsed.secretName : undefined,
    secretVersion: parsed.kind === 'secret' ? parsed.version : undefined,
    activeVersion,
    identityType: spec.referenceIdentity === spec.id ? 'SystemAssigned' : 'UserAssigned',
  });
  if (parsed.kind === 'invalid') return { value: undefined, status: status('InvalidSyntax', parsed.details) };
  if (!spec.identities.some((id) => id.toLowerCase() === spec.referenceIdentity.toLowerCase())) {
    return { value: undefined, status: status('MSINotEnabled', 'The identity named by keyVaultReferenceIdentity is not assigned to the site.') };
  }
  try {
    const { principalId } = directory.ensureManagedIdentity(spec.referenceIdentity);
    const { kind: _kind, ...secret } = parsed;
    const resolved = await keyVault.resolveReference({ ...secret, principalId, siteId: spec.id });
    return { value: resolved.value, status: status('Resolved', 'Reference has been successfully resolved.', resolved.version) };
  } catch (error) {
    const code = REFERENCE_STATUSES.find((known) => error instanceof AzureError && error.code === known) ?? 'OtherReasons';
    return { value: undefined, status: status(code, error instanceof Error ? error.message : String(error)) };
  }
}

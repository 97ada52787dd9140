import { randomBytes } from 'node:crypto';
import { Key } from '@pulumi/azure-native/keyvault/key.js';
import { Secret } from '@pulumi/azure-native/keyvault/secret.js';
import { Vault } from '@pulumi/azure-native/keyvault/vault.js';
import { ComponentResource, secret, unsecret, type ComponentResourceOptions, type Input, type Output } from '@pulumi/pulumi';
import { RELEASE_KEY, REQUEST_STATE_SECRET, SIGNING_KEY } from '../names.ts';

export interface SecretsArgs {
  readonly vaultName: string;
  readonly resourceGroupName: Input<string>;
  readonly tenantId: Input<string>;
  readonly softDeleteRetentionDays: number;
  /** Whether it is reached through a private endpoint alone. */
  readonly isPrivate: boolean;
  /** The key from the configuration, or the two of a rotation; undefined when it is generated once. */
  readonly requestStateKey: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

const GENERATED_KEY_BYTES = 32;

/** What goes into the vault, and whether later runs leave it alone, because "npm run secrets" changes it. */
export function requestStateKeyFrom(configured: string | undefined): { readonly value: string; readonly isGenerated: boolean } {
  // A generated key differs in each run of the program: the one of the first creation stays, because the resource ignores changes to it.
  return configured === undefined
    ? { value: randomBytes(GENERATED_KEY_BYTES).toString('base64url'), isGenerated: true }
    : { value: configured, isGenerated: false };
}

/**
 * The way a setting names a secret. Without a version, so that App Service follows a rotation by itself, within 24 hours.
 * Source: learn.microsoft.com, "Use Key Vault references as app settings".
 */
export function keyVaultReference(secretUri: string): string {
  return `@Microsoft.KeyVault(SecretUri=${secretUri})`;
}

/** The vault, the one secret that the app needs, which it reads through a Key Vault reference, the key that signs its record, and the one by which releases sign. */
export class Secrets extends ComponentResource {
  readonly vaultName: Output<string>;
  readonly vaultId: Output<string>;
  readonly requestStateSecretId: Output<string>;
  readonly requestStateReference: Output<string>;
  /** Who changes the secret: "npm run secrets", or the configuration of the stack. */
  readonly requestStateKeySource: 'generated' | 'configuration';
  readonly signingKeyId: Output<string>;
  /** URL of the key, without version. */
  readonly signingKeyUrl: Output<string>;
  /** URL of the key that signs what production offers, without version. */
  readonly releaseKeyUrl: Output<string>;

  constructor(name: string, args: SecretsArgs, options?: ComponentResourceOptions) {
    super('mcp:infra:Secrets', name, {}, options);
    const { resourceGroupName, tags } = args;

    const vault = new Vault(args.vaultName, {
      resourceGroupName,
      properties: {
        tenantId: args.tenantId,
        sku: { family: 'A', name: 'standard' },
        // The SDK would fill in false, which brings access policies instead of role assignments.
        enableRbacAuthorization: true,
        enableSoftDelete: true,
        softDeleteRetentionInDays: args.softDeleteRetentionDays,
        enablePurgeProtection: true,
        enabledForDeployment: false,
        enabledForDiskEncryption: false,
        enabledForTemplateDeployment: false,
        publicNetworkAccess: args.isPrivate ? 'Disabled' : 'Enabled',
        // Whoever opens the public endpoint again opens it to nobody.
        ...(args.isPrivate ? { networkAcls: { defaultAction: 'Deny' as const, bypass: 'AzureServices' as const } } : {}),
      },
      tags,
    }, { parent: this });

    const key = requestStateKeyFrom(args.requestStateKey);
    const requestState = new Secret('request-state-key', {
      resourceGroupName,
      vaultName: vault.name,
      secretName: REQUEST_STATE_SECRET,
      properties: { value: secret(key.value), contentType: 'application/octet-stream;encoding=base64url', attributes: { enabled: true } },
      tags,
    }, {
      parent: this,
      // All of it, not the value alone: an update of anything else, a tag say, would write the value of the state with it, which a rotation has left behind.
      ignoreChanges: key.isGenerated ? ['properties', 'tags'] : [],
      // azure-native deletes a secret through the vault itself, for which whoever deploys needs no role. It goes with the vault.
      retainOnDelete: true,
    });

    const keyThatSigns = (logicalName: string, keyName: string): Key => new Key(logicalName, {
      resourceGroupName,
      vaultName: vault.name,
      keyName,
      properties: { kty: 'EC', curveName: 'P-256', keyOps: ['sign', 'verify'] },
      tags,
      // As the secret: it goes with the vault, and what it has signed is verified by its public half.
    }, { parent: this, retainOnDelete: true });
    const signingKey = keyThatSigns('audit-anchor', SIGNING_KEY);
    const releaseKey = keyThatSigns('release-lock', RELEASE_KEY);

    this.releaseKeyUrl = releaseKey.keyUri;
    this.requestStateKeySource = key.isGenerated ? 'generated' : 'configuration';
    this.signingKeyId = signingKey.id;
    this.signingKeyUrl = signingKey.keyUri;
    this.vaultName = vault.name;
    this.vaultId = vault.id;
    this.requestStateSecretId = requestState.id;
    // `properties` counts as secret as a whole because it held the value; the URI in it is none.
    this.requestStateReference = unsecret(requestState.properties.apply(({ secretUri }) => keyVaultReference(secretUri)));
    this.registerOutputs({ vaultName: this.vaultName });
  }
}

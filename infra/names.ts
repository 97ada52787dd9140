import { createHash } from 'node:crypto';

/** Digits that azure-native appends to the logical name of a top-level resource. Source: pulumi.com, "Azure Native: Auto-naming". */
const AUTONAME_HEX_DIGITS = 8;
/** Source: learn.microsoft.com, "Naming rules and restrictions for Azure resources", Microsoft.KeyVault/vaults and Microsoft.Storage/storageAccounts. */
const MAX_VAULT_CHARACTERS = 24;
const MAX_STORAGE_ACCOUNT_CHARACTERS = 24;

/** The staging slot of the site. */
export const STAGING_SLOT = 'staging';
/** Path of the MCP endpoint. */
export const MCP_PATH = '/mcp';
/** Path that App Service asks for an instance's health. */
export const HEALTH_PATH = '/health';
export const PACKAGE_CONTAINER = 'packages';
/** Log, journal and lock of the stack's releases. */
export const RELEASE_CONTAINER = 'releases';
/** Containers of the state account. A test holds them together with what the app writes to. */
export const STATE_CONTAINERS = { records: 'audit', anchors: 'anchors', access: 'access' } as const;
export const SIGNING_KEY = 'audit-anchor';
/** Signs what production offers. No right to it is given to the app. */
export const RELEASE_KEY = 'release-lock';
export const REQUEST_STATE_SECRET = 'mcp-request-state-key';

/**
 * Logical names of the resources whose physical name azure-native makes by appending 8 hex digits.
 * The digits are new at each creation, so that nothing collides with what Azure retains of a destroyed stack
 * (the name of a purge-protected vault stays taken until it is purged).
 */
export interface StackNames {
  /** Logical name of everything that carries no rule of its own: `mcp-prod-`, which becomes `mcp-prod-1a2b3c4d`. */
  readonly common: string;
  /** Letters, digits and single dashes, at most 24 characters with the digits. */
  readonly vault: string;
  /** Lower-case letters and digits, at most 24 characters with the digits. */
  readonly storageAccount: string;
  /** The same, for the account whose contents outlive the stack. */
  readonly stateAccount: string;
  /** Of the group that outlives the stack. */
  readonly stateGroup: string;
}

/**
 * Names for the resources of a stack.
 * @param stack name of the stack; whatever Azure's names cannot carry is left out, and a long name is cut
 */
export function namesFor(stack: string): StackNames {
  const plain = stack.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-+|-+$/g, '');
  const base = plain === '' ? 'mcp-' : `mcp-${cut(plain, MAX_VAULT_CHARACTERS - AUTONAME_HEX_DIGITS - 'mcp--'.length)}-`;
  return {
    common: base,
    vault: base,
    storageAccount: cut(`mcp${plain.replaceAll('-', '')}`, MAX_STORAGE_ACCOUNT_CHARACTERS - AUTONAME_HEX_DIGITS),
    stateAccount: cut(`mcpstate${plain.replaceAll('-', '')}`, MAX_STORAGE_ACCOUNT_CHARACTERS - AUTONAME_HEX_DIGITS),
    stateGroup: `${base}state-`,
  };
}

function cut(text: string, maxCharacters: number): string {
  return text.slice(0, maxCharacters).replace(/-+$/, '');
}

/**
 * Name of a package in the container, without `.zip`: `<folder>/<digest>`, or the digest alone for one that was put there by other means.
 * The last segment is always the SHA-256 of the zip, which is how the app knows what it runs.
 */
export const PACKAGE_NAME = /^(?:[a-z0-9-]+\/)?[0-9a-f]{64}$/;

/** The digest in the name of a package. @param packageName `<folder>/<digest>` or `<digest>` */
export function digestOfPackage(packageName: string): string {
  return packageName.slice(packageName.lastIndexOf('/') + 1);
}

/** Name of the blob that holds a package. @param packageName `<folder>/<digest>` or `<digest>` */
export function packageBlobName(packageName: string): string {
  return `${packageName}.zip`;
}

/** The project's own namespace for name-based UUIDs; changing it would give every role and scope a new id. */
const ID_NAMESPACE = 'f0b7c1de-6a54-4c0e-9f3b-0e2f6a1d8c47';

/**
 * A UUID made from a name (RFC 9562, version 5): the same name gives the same id, in every stack and on every machine.
 * @param name what the id stands for, for instance `appRole:Tools.whoami`
 */
export function idFor(name: string): string {
  const digest = createHash('sha1').update(Buffer.from(ID_NAMESPACE.replaceAll('-', ''), 'hex')).update(name, 'utf8').digest().subarray(0, 16);
  digest.writeUInt8((digest.readUInt8(6) & 0x0f) | 0x50, 6);
  digest.writeUInt8((digest.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = digest.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

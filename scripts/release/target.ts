import type { TokenCredential } from '@azure/identity';
import type { ContainerClient } from '@azure/storage-blob';
import type { StackName } from '../arguments.ts';
import type { OpenRecord } from '../audit/openRecord.ts';
import type { LocalFolders } from '../cloud/folders.ts';
import type { PulumiRunner } from '../cloud/pulumi.ts';
import type { StackOutputs } from '../cloud/stackOutputs.ts';

/** The slots of the site, by the names that people use; ARM knows production by no name. */
export const SLOTS = ['production', 'staging'] as const;
export type SlotName = (typeof SLOTS)[number];

/** A deployed stack, for the steps of a release. Local or in Azure: the steps do not ask. */
export interface ReleaseTarget {
  readonly stack: StackName;
  /** Whether this is the Azure on loopback; then tracked files stay as they are. */
  readonly isLocal: boolean;
  readonly outputs: StackOutputs;
  readonly pulumi: PulumiRunner;
  /** File of the stack's settings that the engine reads and writes; of a local stack a copy, so that the tracked one stays as it is. */
  readonly settingsFile: string;
  /** Where the evidence of its updates is kept, for `npm run policy -- report`. */
  readonly folders: LocalFolders;
  /** Of whoever releases: for ARM, storage and the vault. */
  readonly credential: TokenCredential;
  /** Azure Resource Manager, without a slash at its end. */
  readonly armUrl: string;
  readonly subscriptionId: string;
  /** Packages of the stack; in the account that hosted runners can reach. */
  readonly packages: ContainerClient;
  /** Release log, lock and locks of what production offers; in the same account. */
  readonly releases: ContainerClient;
  /** The record of calls, in which finished releases are noted. */
  readonly record: OpenRecord;
  /** A token for the stack's MCP endpoints that may call every tool. Never shown. */
  mcpToken(): Promise<string>;
}

import type { SiteReader } from '../arm/siteReader.ts';
import type { OfferedToolsLockStore } from '../lock/lockStore.ts';
import type { SlotName } from '../target.ts';
import type { McpEndpoint } from './mcp/endpoint.ts';

/** A slot, and what its gates need to judge it. */
export interface SlotUnderTest {
  readonly stack: string;
  readonly slot: SlotName;
  /** The MCP endpoint of the slot. */
  readonly endpoint: McpEndpoint;
  /** That of the other slot, to compare with. */
  readonly otherEndpoint: McpEndpoint;
  /** Of a caller who may call every tool. Never shown. */
  readonly token: string;
  /** Azure Resource Manager on the site. */
  readonly site: SiteReader;
  /** What production offers, as it was signed. */
  readonly lock: Pick<OfferedToolsLockStore, 'read'>;
  /** Ids of changes that whoever releases has read and accepts. */
  readonly acceptedChanges: ReadonlySet<string>;
  /** At most so many requests a second may go to both slots together. */
  readonly requestsPerSecond: number;
  /** Says what a gate is busy with, in a few words. */
  readonly update: (text: string) => void;
}

import { createHash } from 'node:crypto';
import type { RegisteredType } from '../../arm/engine.ts';

/** Names chosen at creation carry this input, so that a replacement may be created before the old one is deleted. */
export const CREATE_BEFORE_DELETE = '__createBeforeDelete';

/** How azure-native names a resource whose program gives no name. */
export interface Autoname {
  /** The input that takes the name. */
  readonly input: string;
  readonly value: string;
  /** A random part makes the name new at each creation. */
  readonly random: boolean;
}

/**
 * The name that azure-native would choose: logical name and 8 hex digits for a top-level resource, the logical name for a child,
 * a UUID for a role assignment.
 * Source: pulumi.com, "Azure Native: Auto-naming"; facts of the provider's `autonaming.go`.
 * @returns undefined when the name is not optional (it is a fixed segment, or the program must give it)
 */
export function autoname(type: RegisteredType, logicalName: string, randomSeed: Uint8Array): Autoname | undefined {
  const input = type.contract.pathInputs.at(-1);
  if (input === undefined || type.contract.contract.inputs.required?.includes(input)) return undefined;
  if (type.row.type === 'Microsoft.Authorization/roleAssignments') return { input, value: toUuid(randomSeed), random: true };
  const isTopLevel = type.row.type.split('/').length === 2;
  if (!isTopLevel) return { input, value: logicalName, random: false };
  return { input, value: `${logicalName}${Buffer.from(randomSeed).subarray(0, 4).toString('hex')}`, random: true };
}

function toUuid(seed: Uint8Array): string {
  const bytes = createHash('sha256').update(seed).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

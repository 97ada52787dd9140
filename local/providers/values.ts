import type { Json, JsonObject } from '../arm/types.ts';

/**
 * Property values as the engine sends them over gRPC.
 * Source: pulumi/pulumi, "Pulumi property value wire encoding" (unknowns and assets are marked by fixed GUIDs).
 */
export const UNKNOWN = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';
const SIGNATURE_KEY = '4dabf18193072939515e22adb298388d';
const ASSET_SIGNATURE = 'c44067f5952c0a294b673a41bacd8c17';
const ARCHIVE_SIGNATURE = '0def7320c3a5731c473e5ecbe6d01bc7';

/** A file or text that a program hands to a resource. */
export interface Asset {
  readonly kind: 'asset' | 'archive';
  readonly hash: string | undefined;
  readonly path: string | undefined;
  readonly text: string | undefined;
}

export function isUnknown(value: unknown): boolean {
  return value === UNKNOWN;
}

export function containsUnknown(value: unknown): boolean {
  if (isUnknown(value)) return true;
  return typeof value === 'object' && value !== null && Object.values(value).some(containsUnknown);
}

/** Reads a value as an asset; undefined when it is none. */
export function toAsset(value: unknown): Asset | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const fields = value as Record<string, unknown>;
  const signature = fields[SIGNATURE_KEY];
  if (signature !== ASSET_SIGNATURE && signature !== ARCHIVE_SIGNATURE) return undefined;
  const text = (name: string): string | undefined => (typeof fields[name] === 'string' && fields[name] !== '' ? fields[name] : undefined);
  return { kind: signature === ASSET_SIGNATURE ? 'asset' : 'archive', hash: text('hash'), path: text('path'), text: text('text') };
}

/** Deep equality; assets are equal when their content is, wherever their files lie. */
export function equalValues(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  const assetA = toAsset(a);
  const assetB = toAsset(b);
  if (assetA || assetB) return assetA?.hash !== undefined && assetA.hash === assetB?.hash && assetA.kind === assetB.kind;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => equalValues((a as JsonObject)[key], (b as JsonObject)[key]));
}

/** How a property changed. `path` is in the engine's form: `siteConfig.alwaysOn`, `tags["a.b"]`, `hosts[0]`. */
export interface PropertyChange {
  readonly path: string;
  readonly kind: 'add' | 'delete' | 'update';
}

/** Every place where two input objects differ. */
export function compareInputs(before: JsonObject, after: JsonObject): PropertyChange[] {
  return compare(before, after, '');
}

function compare(before: Json | undefined, after: Json | undefined, path: string): PropertyChange[] {
  if (before === undefined && after === undefined) return [];
  if (before === undefined) return [{ path, kind: 'add' }];
  if (after === undefined) return [{ path, kind: 'delete' }];
  if (equalValues(before, after)) return [];
  if (isUnknown(after) || toAsset(before) || toAsset(after)) return [{ path, kind: 'update' }];
  if (Array.isArray(before) && Array.isArray(after)) {
    const length = Math.max(before.length, after.length);
    return Array.from({ length }, (_, index) => compare(before[index], after[index], `${path}[${index}]`)).flat();
  }
  if (isPlainObject(before) && isPlainObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return keys.flatMap((key) => compare(before[key], after[key], joinPath(path, key)));
  }
  return [{ path, kind: 'update' }];
}

function isPlainObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function joinPath(path: string, key: string): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}

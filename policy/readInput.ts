// The one module of the SDK that rules need; the whole of it takes a second to load.
import * as proxy from '@pulumi/policy/proxy.js';

/** The SDK exports the class, and leaves it out of its declarations. */
const { UnknownValueError } = proxy as unknown as { readonly UnknownValueError: new (...args: never[]) => Error };

export type Reading =
  | { readonly state: 'absent' }
  | { readonly state: 'known'; readonly value: unknown }
  /** Depends on what exists only after the change. */
  | { readonly state: 'unknown' };

/**
 * Reads one input of a resource. An unknown value is an answer here, not an exception: an exception would turn
 * even a mandatory policy into an advisory note, and the preview would pass.
 * @param props inputs as Pulumi hands them to a policy
 */
export function readInput(props: Readonly<Record<string, unknown>>, name: string): Reading {
  try {
    const value = props[name];
    return value === undefined || value === null ? { state: 'absent' } : { state: 'known', value };
  } catch (error) {
    if (error instanceof UnknownValueError) return { state: 'unknown' };
    throw error;
  }
}

/**
 * Reads an input inside of others. What lies below an unknown value is unknown; what lies below a value without members is absent.
 * @param path names with dots between: `siteConfig.minTlsVersion`
 */
export function readPath(props: Readonly<Record<string, unknown>>, path: string): Reading {
  let reading: Reading = { state: 'known', value: props };
  for (const name of path.split('.')) {
    if (reading.state !== 'known') return reading;
    if (!isRecord(reading.value)) return { state: 'absent' };
    reading = readInput(reading.value, name);
  }
  return reading;
}

/** The entries of a list, each of which may be unknown; undefined when the value is no list. */
export function readItems(value: unknown): readonly Reading[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const { length } = value;
  return Array.from({ length }, (_, place) => readInput(value as never, String(place)));
}

/** The entries of a map, each of which may be unknown. */
export function readEntries(value: unknown): readonly (readonly [string, Reading])[] {
  return isRecord(value) ? Object.keys(value).map((name) => [name, readInput(value, name)] as const) : [];
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

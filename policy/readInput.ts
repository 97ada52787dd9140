import * as policySdk from '@pulumi/policy';

/** The SDK exports the class, and leaves it out of its declarations. */
const { UnknownValueError } = policySdk as unknown as { readonly UnknownValueError: new (...args: never[]) => Error };

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

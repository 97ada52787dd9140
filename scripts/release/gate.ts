/** One condition of a release: what was measured, what is allowed, and whether the release may go on. */
export interface Gate {
  /** Stable name, such as `instances-healthy`. */
  readonly name: string;
  readonly measured: string | number;
  readonly limit: string | number;
  readonly pass: boolean;
  /** What a person needs to mend it; a line each. Nothing secret. */
  readonly details: readonly string[];
}

/** What was verified, of which package, against what. Kept in the release log. */
export interface Verification {
  readonly stack: string;
  readonly slot: 'production' | 'staging';
  /** SHA-256 of the package that every instance of the slot said it runs. */
  readonly packageDigest: string | undefined;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly gates: readonly Gate[];
}

export function hasPassed({ gates }: Pick<Verification, 'gates'>): boolean {
  return gates.length > 0 && gates.every(({ pass }) => pass);
}

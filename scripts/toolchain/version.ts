/**
 * Picks the version out of what a program says of itself.
 * @returns three numbers with dots, or two when there are only two; undefined when there is none
 */
export function parseVersion(text: string): string | undefined {
  return /(\d+\.\d+(?:\.\d+)?)/.exec(text)?.[1];
}

/** Whether a version is at least another: numbers are compared, a missing one counts as 0. */
export function isAtLeast(version: string, minimum: string): boolean {
  const given = version.split('.').map(Number);
  const wanted = minimum.split('.').map(Number);
  for (let index = 0; index < 3; index++) {
    const difference = (given[index] ?? 0) - (wanted[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

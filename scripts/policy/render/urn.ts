/** What a URN says: `urn:pulumi:<stack>::<project>::<types of the parents and of itself, with "$" between>::<name>`. Source: pulumi.com, "Resource names", URNs. */
export interface UrnParts {
  /** From the outermost parent to the resource itself. */
  readonly types: readonly string[];
  readonly type: string;
  readonly name: string;
}

/** @param urn one that is none is its own name: nothing that was judged is left out of a report because of it */
export function readUrn(urn: string): UrnParts {
  const match = /^urn:pulumi:.+?::.+?::(.+?)::(.*)$/s.exec(urn);
  if (!match) return { types: [], type: '', name: urn };
  const types = (match[1] ?? '').split('$');
  return { types, type: types.at(-1) ?? '', name: match[2] ?? '' };
}

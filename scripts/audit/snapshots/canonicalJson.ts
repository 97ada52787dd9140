/**
 * JSON whose text depends on the value alone: members in the order of their names, no white space. What is undefined is left out.
 * Source: RFC 8785, "JSON Canonicalization Scheme", for values whose numbers are whole.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(inOrder(value));
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)).map(([name, inner]) => [name, inOrder(inner)]));
}

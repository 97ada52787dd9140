import type { Leaf, Target } from './mutation.ts';

/** Every value of an object that has no members, by its path. */
export function leavesOf(inputs: unknown, prefix = '', beside: Readonly<Record<string, unknown>> = {}): Leaf[] {
  if (Array.isArray(inputs)) return inputs.flatMap((item, place) => leavesOf(item, `${prefix}[${place}]`, beside));
  if (typeof inputs !== 'object' || inputs === null) return [{ path: prefix, value: inputs, beside }];
  return Object.entries(inputs).flatMap(([name, value]) => leavesOf(value, prefix === '' ? name : `${prefix}.${name}`, inputs as Record<string, unknown>));
}

/** The path of a leaf without places. */
export function patternOf(path: string): string {
  return path.replaceAll(/\[\d+\]/g, '[]');
}

/** Whether a leaf of a resource is one of those that are meant. A `*` at the end of a path stands for any rest of a name. */
export function isMeant({ on, named, path, where }: Target, resource: { readonly key: string; readonly name: string }, leaf: Leaf): boolean {
  if (!(on.includes('*') || on.includes(resource.key)) || named?.test(resource.name) === false) return false;
  const pattern = patternOf(leaf.path);
  return (path.endsWith('*') ? pattern.startsWith(path.slice(0, -1)) : pattern === path) && (where?.(leaf) ?? true);
}

/** A copy with another value at the path; undefined takes the name out. @throws Error when nothing stands above the path */
export function withValue<Value>(value: Value, path: string, change: unknown): Value {
  const copy = structuredClone(value);
  const names = path.split(/\.|(?=\[)/).map((name) => (name.startsWith('[') ? Number(name.slice(1, -1)) : name));
  const last = names.pop() ?? '';
  let inner = copy as Record<string | number, unknown>;
  for (const name of names) {
    inner[name] ??= {};
    inner = inner[name] as Record<string | number, unknown>;
  }
  if (change !== undefined) inner[last] = change;
  else if (Array.isArray(inner)) inner.splice(Number(last), 1);
  else delete inner[last];
  return copy;
}

/**
 * JSON as it is written, not as it is read: members may repeat and leaves hold any text, so that documents can be made that no
 * `JSON.stringify` writes.
 */
export type JsonTree = JsonLeaf | JsonList | JsonMembers;

export interface JsonLeaf {
  readonly kind: 'leaf';
  text: string;
}

export interface JsonList {
  readonly kind: 'list';
  items: JsonTree[];
}

export interface JsonMembers {
  readonly kind: 'members';
  /** Keys as text, with their quotes. */
  entries: [key: string, value: JsonTree][];
}

/** A node and how to put another into its place. */
export interface Place {
  readonly node: JsonTree;
  replace(other: JsonTree): void;
}

export function leaf(text: string): JsonLeaf {
  return { kind: 'leaf', text };
}

export function treeOf(value: unknown): JsonTree {
  if (Array.isArray(value)) return { kind: 'list', items: value.map(treeOf) };
  if (typeof value === 'object' && value !== null) {
    return { kind: 'members', entries: Object.entries(value).map(([key, member]) => [JSON.stringify(key), treeOf(member)]) };
  }
  return leaf(JSON.stringify(value));
}

export function textOf(tree: JsonTree): string {
  switch (tree.kind) {
    case 'leaf':
      return tree.text;
    case 'list':
      return `[${tree.items.map(textOf).join(',')}]`;
    case 'members':
      return `{${tree.entries.map(([key, value]) => `${key}:${textOf(value)}`).join(',')}}`;
  }
}

/** Every place below the root. */
export function placesOf(tree: JsonTree): Place[] {
  switch (tree.kind) {
    case 'leaf':
      return [];
    case 'list':
      return tree.items.flatMap((node, index) => [
        { node, replace: (other: JsonTree) => { tree.items[index] = other; } },
        ...placesOf(node),
      ]);
    case 'members':
      return tree.entries.flatMap((entry) => [
        { node: entry[1], replace: (other: JsonTree) => { entry[1] = other; } },
        ...placesOf(entry[1]),
      ]);
  }
}

/** Every object, the root among them. */
export function objectsOf(tree: JsonTree): JsonMembers[] {
  const below = placesOf(tree).map(({ node }) => node);
  return [tree, ...below].filter((node) => node.kind === 'members');
}

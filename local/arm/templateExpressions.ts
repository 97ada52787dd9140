import { idKey, parentId } from './paths.ts';
import type { Json } from './types.ts';

const RESOURCE_ID = /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/[^/]+(?:\/[^/]+\/[^/]+)+$/i;

/** Ids of the resources in a template, by their keys. */
export type ExportedIds = ReadonlyMap<string, string>;

/** Type and names of a resource, as its id has them. */
export function partsOfId(id: string): { readonly type: string; readonly names: readonly string[] } {
  const segments = id.split('/');
  const [namespace = '', ...pairs] = segments.slice(segments.findLastIndex((segment) => segment.toLowerCase() === 'providers') + 1);
  return { type: [namespace, ...pairs.filter((_, place) => place % 2 === 0)].join('/'), names: pairs.filter((_, place) => place % 2 === 1) };
}

/** Source: learn.microsoft.com, "Resource functions for ARM templates", resourceId. */
export function resourceIdExpression(id: string): string {
  const { type, names } = partsOfId(id);
  return `[resourceId(${[type, ...names].map((text) => `'${text.replaceAll('\'', '\'\'')}'`).join(', ')})]`;
}

/** The resource of the template that an id names, or that what it names is a part of (a subnet of a network). */
export function exportedResource(id: string, exported: ExportedIds): string | undefined {
  for (let above: string | undefined = id; above !== undefined; above = parentId(above)) {
    const found = exported.get(idKey(above));
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * A value as a template has it: ids of resources in the same template as expressions, and a text that would be taken for an expression escaped.
 * Source: learn.microsoft.com, "Understand the structure and syntax of ARM templates", escape characters.
 * @param onReference called with each resource of the template that the value names
 */
export function toTemplateValue(value: Json, exported: ExportedIds, onReference: (id: string) => void): Json {
  const ofText = (text: string): string => {
    const named = RESOURCE_ID.test(text) ? exportedResource(text, exported) : undefined;
    if (named === undefined) return text.startsWith('[') && text.endsWith(']') ? `[${text}` : text;
    onReference(named);
    return resourceIdExpression(text);
  };
  if (typeof value === 'string') return ofText(value);
  if (Array.isArray(value)) return value.map((item) => toTemplateValue(item, exported, onReference));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [ofText(name), toTemplateValue(item, exported, onReference)]));
}

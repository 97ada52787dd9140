import { allowedBy } from './schemaRules.ts';
import { entered, isSchema, resolved, typeOf, type JsonSchema } from './schemaType.ts';

/** One property of a schema, as people read it. `type` and `allowed` are Markdown. */
export interface SchemaRow {
  /** Path from the root: `orders[].id` is a property of each item of `orders`. */
  readonly name: string;
  readonly type: string;
  readonly isRequired: boolean;
  readonly allowed: readonly string[];
  readonly description: string;
}

/** The properties of an object schema, those of inner objects after the property that holds them. @param root as `z.toJSONSchema` makes it */
export function schemaRows(root: JsonSchema): SchemaRow[] {
  return innerRows(root, '', root, new Set(['#']));
}

/** @param open references that are being expanded: a schema that holds itself is shown once */
function innerRows(given: JsonSchema, name: string, root: JsonSchema, open: ReadonlySet<string>): SchemaRow[] {
  const inside = entered(given, open);
  if (!inside) return [];
  const schema = resolved(given, root);
  const variants = [...schema.anyOf ?? [], ...schema.oneOf ?? []].filter(isSchema);
  const variantRows = variants.map((variant) => (place: string) => innerRows(variant, place, root, inside)).filter((rows) => rows(name).length > 0);
  return [
    ...Object.entries(schema.properties ?? {}).flatMap(([property, of]) => {
      if (!isSchema(of)) return [];
      const path = name === '' ? property : `${name}.${property}`;
      return [rowOf(of, path, schema.required?.includes(property) === true, root), ...innerRows(of, path, root, inside)];
    }),
    ...(isSchema(schema.items) ? innerRows(schema.items, `${name}[]`, root, inside) : []),
    ...(schema.prefixItems ?? []).flatMap((item, place) => (isSchema(item) ? innerRows(item, `${name}[${place}]`, root, inside) : [])),
    ...(isSchema(schema.additionalProperties) ? innerRows(schema.additionalProperties, `${name}.*`, root, inside) : []),
    ...(schema.allOf ?? []).flatMap((part) => (isSchema(part) ? innerRows(part, name, root, inside) : [])),
    ...variantRows.flatMap((rows, place) => rows(variantRows.length === 1 ? name : `${name} (${place + 1})`)),
  ];
}

function rowOf(schema: JsonSchema, name: string, isRequired: boolean, root: JsonSchema): SchemaRow {
  return {
    name,
    isRequired,
    type: typeOf(schema, root),
    allowed: allowedBy(schema, root),
    description: schema.description ?? resolved(schema, root).description ?? '',
  };
}

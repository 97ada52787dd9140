import { code } from './markdown.ts';
import { entered, isSchema, resolved, typeOf, type JsonSchema } from './schemaType.ts';

/** What a value may be beyond its type, as Markdown: ranges, lengths, formats, lists of values, the default. */
export function allowedBy(given: JsonSchema, root: JsonSchema, open: ReadonlySet<string> = new Set()): string[] {
  const inside = entered(given, open);
  if (!inside) return [];
  const schema = resolved(given, root);
  const preset = given.default ?? schema.default;
  return [...ownRules(schema), ...innerRules(schema, root, inside), ...(preset === undefined ? [] : [`default ${json(preset)}`])];
}

function ownRules(schema: JsonSchema): string[] {
  return [
    ...(schema.const === undefined ? [] : [json(schema.const)]),
    ...(schema.enum ? [schema.enum.map(json).join(', ')] : []),
    ...range(safe(schema.minimum), safe(schema.maximum)),
    ...(typeof schema.exclusiveMinimum === 'number' ? [`more than ${amount(schema.exclusiveMinimum)}`] : []),
    ...(typeof schema.exclusiveMaximum === 'number' ? [`less than ${amount(schema.exclusiveMaximum)}`] : []),
    ...(schema.multipleOf === undefined ? [] : [`a multiple of ${amount(schema.multipleOf)}`]),
    ...range(schema.minLength, schema.maxLength, 'character'),
    ...(schema.prefixItems ? [] : range(schema.minItems, schema.maxItems, 'item')),
    // The pattern of a format is long and says no more than its name.
    ...(schema.format !== undefined ? [`format ${code(schema.format)}`] : schema.pattern === undefined ? [] : [`pattern ${code(schema.pattern)}`]),
    ...(schema.properties && schema.additionalProperties !== undefined && schema.additionalProperties !== false ? ['further properties'] : []),
  ];
}

/** Rules of items, keys and variants; properties have rows of their own. */
function innerRules(schema: JsonSchema, root: JsonSchema, inside: ReadonlySet<string>): string[] {
  const rulesOf = (inner: unknown, what: string): string[] => {
    const rules = isSchema(inner) ? allowedBy(inner, root, inside) : [];
    return rules.length === 0 ? [] : [`${what}: ${rules.join(', ')}`];
  };
  return [
    ...rulesOf(schema.items, 'each item'),
    ...(schema.prefixItems ?? []).flatMap((item, place) => rulesOf(item, `item ${place}`)),
    ...rulesOf(schema.propertyNames, 'each key'),
    ...(schema.properties ? [] : rulesOf(schema.additionalProperties, 'each value')),
    ...[...schema.anyOf ?? [], ...schema.oneOf ?? []].flatMap((variant) => (isSchema(variant) ? rulesOf(variant, typeOf(variant, root)) : [])),
  ];
}

/** @param unit singular */
function range(least: number | undefined, most: number | undefined, unit?: string): string[] {
  const counted = (value: number): string => `${amount(value)}${unit === undefined ? '' : ` ${unit}${value === 1 ? '' : 's'}`}`;
  if (least !== undefined && most !== undefined) return [least === most ? `exactly ${counted(least)}` : `${amount(least)} to ${counted(most)}`];
  if (least !== undefined) return [`at least ${counted(least)}`];
  return most === undefined ? [] : [`at most ${counted(most)}`];
}

/** Every integer schema carries the bounds of what a double can hold; they tell a reader nothing. */
function safe(bound: number | undefined): number | undefined {
  return bound !== undefined && Math.abs(bound) === Number.MAX_SAFE_INTEGER ? undefined : bound;
}

function amount(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 20 });
}

function json(value: unknown): string {
  return code(JSON.stringify(value));
}

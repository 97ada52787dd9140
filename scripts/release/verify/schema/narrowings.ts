import { Ajv2020 } from 'ajv/dist/2020.js';
import { assertionsOf, isObject, isSame, isSchema, referenced, segment, withoutAnnotations, type JsonSchema, type SchemaObject } from './jsonSchema.ts';

/** A place where one schema may refuse what another allows. */
export interface Narrowing {
  /** JSON Pointer into the schema, by the names of properties: `/properties/topic`. */
  readonly pointer: string;
  /** What holds there in the narrow schema and in the wide one, for a person. */
  readonly narrow: string;
  readonly wide: string;
}

/** A schema with the document that its references lead into. */
interface Rooted {
  readonly schema: JsonSchema;
  readonly root: JsonSchema;
}

const TYPES = ['null', 'boolean', 'integer', 'number', 'string', 'array', 'object'] as const;
type JsonType = (typeof TYPES)[number];

/**
 * The places where `wide` may refuse a value that `narrow` accepts; empty when it accepts them all.
 * Errs on one side: what the comparison does not understand is reported unless it is written alike in both.
 * For arguments `narrow` is what was offered before and `wide` what is offered now; for results the other way round.
 * Source: JSON Schema 2020-12, validation; every keyword of a schema is a condition of its own, so each one of `wide` has to follow from `narrow`.
 */
export function narrowings(narrow: JsonSchema, wide: JsonSchema): Narrowing[] {
  const [from, to] = [withoutAnnotations(narrow), withoutAnnotations(wide)];
  return compare({ schema: from, root: from }, { schema: to, root: to }, '', new Set());
}

function compare(narrow: Rooted, wide: Rooted, pointer: string, open: ReadonlySet<string>): Narrowing[] {
  // A pair that is being compared further out: for values of finite depth, what holds inside holds for the whole.
  const pair = `${JSON.stringify(narrow.schema)}\n${JSON.stringify(wide.schema)}`;
  if (open.has(pair)) return [];
  const inside = new Set([...open, pair]);
  const asked = assertionsOf(wide.schema);
  const given = withoutUnevaluated(assertionsOf(narrow.schema), asked);
  if (given === false) return [];
  if (asked === false) return [{ pointer, narrow: describe(given), wide: 'not allowed' }];
  if (Object.keys(asked).length === 0 || isAlike(given, asked, narrow, wide)) return [];

  const throughReference = followReferences(narrow, wide, given, asked, pointer, inside);
  if (throughReference) return throughReference;
  const besideAlternatives = withoutSameAlternatives(given, asked, narrow, wide);
  if (besideAlternatives && compare({ schema: besideAlternatives.given, root: narrow.root }, { schema: besideAlternatives.asked, root: wide.root }, pointer, inside).length === 0) return [];

  // Each alternative of what is given has to be allowed, together with what stands beside it.
  const alternatives = alternativesOf(given);
  if (alternatives) return unique(alternatives.flatMap((one) => compare({ schema: one, root: narrow.root }, wide, pointer, inside)));
  if (Array.isArray(given['allOf'])) return compareConjunction(given, narrow, wide, pointer, inside);
  const values = valuesOf(given);
  if (values) return tryValues(values, { given, asked, narrow, wide, pointer, inside });
  return Object.keys(asked).flatMap((keyword) => judgeKeyword(keyword, { given, asked, narrow, wide, pointer, inside }));
}

/** Whether two parts are written alike and mean the same: references lead into documents that have to be alike, too. */
function isAlike(left: unknown, right: unknown, narrow: Rooted, wide: Rooted): boolean {
  return isSame(left, right) && (!JSON.stringify(left ?? null).includes('"$ref"') || isSame(narrow.root, wide.root));
}

/** What these demand hangs on all that stands beside them, which is taken apart below. Without them a schema allows more, which errs on the right side. */
function withoutUnevaluated(given: SchemaObject | false, asked: SchemaObject | false): SchemaObject | false {
  if (given === false || isSame(given, asked)) return given;
  const { unevaluatedProperties: _properties, unevaluatedItems: _items, ...rest } = given;
  return rest;
}

/** Alternatives that are the same on both sides fall away: what is left decides. @returns undefined when there are none */
function withoutSameAlternatives(given: SchemaObject, asked: SchemaObject, narrow: Rooted, wide: Rooted): { readonly given: SchemaObject; readonly asked: SchemaObject } | undefined {
  for (const keyword of ['oneOf', 'anyOf']) {
    if (given[keyword] === undefined || !isAlike(given[keyword], asked[keyword], narrow, wide)) continue;
    const rest = (schema: SchemaObject): SchemaObject => Object.fromEntries(Object.entries(schema).filter(([name]) => name !== keyword));
    return { given: rest(given), asked: rest(asked) };
  }
  return undefined;
}

/** What holds for a part of a conjunction holds for the whole. */
function compareConjunction(given: SchemaObject, narrow: Rooted, wide: Rooted, pointer: string, open: ReadonlySet<string>): Narrowing[] {
  const { allOf, ...rest } = given;
  const parts = [rest, ...(allOf as unknown[]).filter(isSchema)];
  const merged = mergedParts(parts);
  if (merged) return compare({ schema: merged, root: narrow.root }, wide, pointer, open);
  const found = parts.map((part) => compare({ schema: part, root: narrow.root }, wide, pointer, open));
  return found.find((problems) => problems.length === 0) ?? [{ pointer, narrow: 'a combination (allOf)', wide: 'another one' }];
}

/** Few values: each is tried. */
function tryValues(values: readonly unknown[], { given, asked, narrow, wide, pointer }: Judged): Narrowing[] {
  const accepts = { given: validator(given, narrow.root), asked: validator(asked, wide.root) };
  if (!accepts.given || !accepts.asked) return [{ pointer, narrow: 'a list of values', wide: 'a schema that cannot be compared with it' }];
  const refused = values.filter((value) => accepts.given?.(value) === true && accepts.asked?.(value) !== true);
  return refused.length === 0 ? [] : [{ pointer, ...withAndWithout(refused.map((value) => JSON.stringify(value)).join(', ')) }];
}

/** @returns undefined when neither is a reference */
function followReferences(narrow: Rooted, wide: Rooted, given: SchemaObject, asked: SchemaObject, pointer: string, open: ReadonlySet<string>): Narrowing[] | undefined {
  for (const [side, own] of [[narrow, given], [wide, asked]] as const) {
    const reference = own['$ref'];
    if (typeof reference !== 'string') continue;
    const target = referenced(reference, side.root);
    if (target === undefined) return [{ pointer, narrow: describe(given), wide: `${reference} cannot be followed` }];
    const { $ref: _reference, ...beside } = own;
    const whole: JsonSchema = Object.keys(beside).length === 0 ? target : { allOf: [target, beside] };
    const followed = { schema: whole, root: side.root };
    return side === narrow ? compare(followed, wide, pointer, open) : compare(narrow, followed, pointer, open);
  }
  return undefined;
}

/** The alternatives of a schema, each with what stands beside them; undefined when it has none. */
function alternativesOf(given: SchemaObject): JsonSchema[] | undefined {
  for (const keyword of ['anyOf', 'oneOf'] as const) {
    const branches = given[keyword];
    if (!Array.isArray(branches)) continue;
    const { [keyword]: _branches, ...beside } = given;
    return branches.filter(isSchema).map((branch) => (Object.keys(beside).length === 0 ? branch : { allOf: [beside, branch] }));
  }
  // One type at a time, so that a union of types is held against a union of schemas.
  const types = given['type'];
  return Array.isArray(types) && types.length > 1 && !('enum' in given) && !('const' in given) ? types.map((type: unknown) => ({ ...given, type })) : undefined;
}

/**
 * One schema that allows at least what all parts allow together; undefined when parts share a keyword.
 * What `properties` or `items` of one part leave to another is open in one schema, which errs on the right side.
 */
function mergedParts(parts: readonly JsonSchema[]): SchemaObject | undefined {
  const merged: Record<string, unknown> = {};
  for (const part of parts) {
    const own = assertionsOf(part);
    if (own === false || Object.keys(own).some((keyword) => keyword === 'allOf' || COMPANY[keyword] !== undefined)) return undefined;
    for (const [keyword, value] of Object.entries(own)) {
      if (keyword in merged && !isSame(merged[keyword], value)) return undefined;
      merged[keyword] = value;
    }
  }
  return merged;
}

/** All values that a schema allows, when it lists them. */
function valuesOf(given: SchemaObject): unknown[] | undefined {
  if ('const' in given) return [given['const']];
  if (Array.isArray(given['enum'])) return given['enum'] as unknown[];
  if (given['type'] === 'null') return [null];
  return given['type'] === 'boolean' ? [true, false] : undefined;
}

function withAndWithout(values: string): Pick<Narrowing, 'narrow' | 'wide'> {
  return { narrow: `with ${values}`, wide: `without ${values}` };
}

function validator(schema: SchemaObject, root: JsonSchema): ((value: unknown) => boolean) | undefined {
  const text = JSON.stringify([schema, root]);
  // A format is no condition to the validator, and is one to some servers. A reference to anything but definitions would lead elsewhere here.
  if (JSON.stringify(schema).includes('"format"') || [...text.matchAll(/"\$ref":"([^"]*)"/g)].some(([, to = '']) => !/^#\/(\$defs|definitions)\//.test(to))) return undefined;
  try {
    // References lead into the definitions, which are put beside.
    const definitions = isObject(root) ? Object.fromEntries(Object.entries(root).filter(([keyword]) => keyword === '$defs' || keyword === 'definitions')) : {};
    const check = new Ajv2020({ strict: false, validateFormats: false, validateSchema: false, meta: false }).compile({ ...definitions, ...schema });
    return (value) => check(value) === true;
  } catch {
    return undefined;
  }
}

interface Judged {
  readonly given: SchemaObject;
  readonly asked: SchemaObject;
  readonly narrow: Rooted;
  readonly wide: Rooted;
  readonly pointer: string;
  readonly inside: ReadonlySet<string>;
}

/** What a keyword speaks of. Values of other types pass it. */
const CONCERNS: Readonly<Record<string, JsonType>> = {
  minimum: 'number', maximum: 'number', exclusiveMinimum: 'number', exclusiveMaximum: 'number', multipleOf: 'number',
  minLength: 'string', maxLength: 'string', pattern: 'string', format: 'string', contentEncoding: 'string', contentMediaType: 'string', contentSchema: 'string',
  items: 'array', prefixItems: 'array', minItems: 'array', maxItems: 'array', uniqueItems: 'array', contains: 'array', minContains: 'array', maxContains: 'array', unevaluatedItems: 'array',
  properties: 'object', required: 'object', additionalProperties: 'object', patternProperties: 'object', propertyNames: 'object', minProperties: 'object', maxProperties: 'object',
  dependentRequired: 'object', dependentSchemas: 'object', unevaluatedProperties: 'object',
};

function judgeKeyword(keyword: string, judged: Judged): Narrowing[] {
  const { given, asked, pointer } = judged;
  const concerned = CONCERNS[keyword];
  if (concerned !== undefined && !typesOf(given).has(concerned) && !(concerned === 'number' && typesOf(given).has('integer'))) return [];
  const report = (wide: string, narrow = was(given, keyword)): Narrowing[] => [{ pointer, narrow, wide }];
  const wanted = asked[keyword];
  switch (keyword) {
    case 'type': return judgeTypes(judged);
    case 'enum': case 'const': return report(`one of ${JSON.stringify(keyword === 'const' ? [wanted] : wanted)}`, describe(given));
    case 'minimum': case 'exclusiveMinimum': return lowest(given) !== undefined && isAtLeast(lowest(given), lowest({ [keyword]: wanted })) ? [] : report(`${keyword} ${String(wanted)}`, was(given, 'minimum', 'exclusiveMinimum'));
    case 'maximum': case 'exclusiveMaximum': return highest(given) !== undefined && isAtMost(highest(given), highest({ [keyword]: wanted })) ? [] : report(`${keyword} ${String(wanted)}`, was(given, 'maximum', 'exclusiveMaximum'));
    case 'multipleOf': return isMultiple(given, wanted) ? [] : report(`multipleOf ${String(wanted)}`);
    case 'minLength': case 'minItems': case 'minProperties': return atLeast(given, keyword) >= Number(wanted) ? [] : report(`${keyword} ${String(wanted)}`);
    case 'maxLength': case 'maxItems': case 'maxProperties': return typeof given[keyword] === 'number' && given[keyword] <= Number(wanted) ? [] : report(`${keyword} ${String(wanted)}`);
    case 'uniqueItems': return wanted === false || given[keyword] === true ? [] : report('items differ from each other', 'items may be the same');
    case 'required': return judgeRequired(judged);
    case 'properties': return judgeProperties(judged);
    case 'additionalProperties': return judgeFurtherProperties(judged);
    case 'items': case 'prefixItems': return judgeItems(keyword, judged);
    case 'allOf': return (wanted as unknown[]).filter(isSchema).flatMap((part) => compare(judged.narrow, { schema: part, root: judged.wide.root }, pointer, judged.inside));
    case 'anyOf': return judgeAlternatives(judged, wanted as unknown[], keyword);
    case 'oneOf': return areDisjoint(wanted as unknown[], judged.wide.root) ? judgeAlternatives(judged, wanted as unknown[], keyword) : report('alternatives (oneOf) that may overlap', describe(given));
    // Held against each other as they are written: pattern, format, not, if, contains, and whatever is not known here.
    default: return isAlike(given[keyword], wanted, judged.narrow, judged.wide) && hasSameCompany(keyword, judged) ? [] : report(`${keyword} ${JSON.stringify(wanted)}`);
  }
}

/** What some keywords mean hangs on others beside them. Source: JSON Schema 2020-12, core 10.2.2, 10.3.1, 11. */
const COMPANY: Readonly<Record<string, readonly string[]>> = {
  if: ['then', 'else'], then: ['if'], else: ['if'], contains: ['minContains', 'maxContains'], minContains: ['contains'], maxContains: ['contains'],
  unevaluatedProperties: ['properties', 'patternProperties', 'additionalProperties', 'allOf', 'anyOf', 'oneOf', 'if', 'then', 'else', '$ref'],
  unevaluatedItems: ['items', 'prefixItems', 'contains', 'allOf', 'anyOf', 'oneOf', 'if', 'then', 'else', '$ref'],
};

function hasSameCompany(keyword: string, { given, asked, narrow, wide }: Judged): boolean {
  return (COMPANY[keyword] ?? []).every((other) => isAlike(given[other], asked[other], narrow, wide));
}

function typesOf(schema: SchemaObject): ReadonlySet<JsonType> {
  const written = schema['type'];
  const named = typeof written === 'string' ? [written] : Array.isArray(written) ? (written as unknown[]) : TYPES;
  const types = new Set(TYPES.filter((type) => named.includes(type)));
  // Every integer is a number.
  if (types.has('number')) types.add('integer');
  return types;
}

function judgeTypes({ given, asked, pointer }: Judged): Narrowing[] {
  const allowed = typesOf(asked);
  const lost = [...typesOf(given)].filter((type) => !allowed.has(type));
  return lost.length === 0 ? [] : [{ pointer, narrow: describe(given), wide: `type ${typeWords(asked['type'])}` }];
}

function describe(given: SchemaObject): string {
  return given['type'] === undefined ? 'any type' : `type ${typeWords(given['type'])}`;
}

function typeWords(type: unknown): string {
  return Array.isArray(type) ? type.join(' or ') : String(type);
}

interface Bound { readonly value: number; readonly isExclusive: boolean }

function lowest(schema: SchemaObject): Bound | undefined {
  return strictest([bound(schema['minimum'], false), bound(schema['exclusiveMinimum'], true)], (left, right) => left > right);
}

function highest(schema: SchemaObject): Bound | undefined {
  return strictest([bound(schema['maximum'], false), bound(schema['exclusiveMaximum'], true)], (left, right) => left < right);
}

function bound(value: unknown, isExclusive: boolean): Bound | undefined {
  return typeof value === 'number' ? { value, isExclusive } : undefined;
}

function strictest(bounds: readonly (Bound | undefined)[], isStricter: (left: number, right: number) => boolean): Bound | undefined {
  return bounds.reduce((found, one) => (found === undefined || (one !== undefined && (isStricter(one.value, found.value) || (one.value === found.value && one.isExclusive))) ? one : found), undefined);
}

function isAtLeast(given: Bound | undefined, asked: Bound | undefined): boolean {
  return given !== undefined && asked !== undefined && (given.value > asked.value || (given.value === asked.value && (given.isExclusive || !asked.isExclusive)));
}

function isAtMost(given: Bound | undefined, asked: Bound | undefined): boolean {
  return given !== undefined && asked !== undefined && (given.value < asked.value || (given.value === asked.value && (given.isExclusive || !asked.isExclusive)));
}

function isMultiple(given: SchemaObject, asked: unknown): boolean {
  if (typeof asked !== 'number') return false;
  const own = typeof given['multipleOf'] === 'number' ? given['multipleOf'] : typesOf(given).has('number') ? undefined : 1;
  return own !== undefined && (own === asked || (Number.isInteger(own) && Number.isInteger(asked) && own % asked === 0));
}

function atLeast(given: SchemaObject, keyword: string): number {
  return typeof given[keyword] === 'number' ? given[keyword] : 0;
}

function was(given: SchemaObject, ...keywords: readonly string[]): string {
  const found = keywords.filter((keyword) => given[keyword] !== undefined);
  return found.length === 0 ? `no ${keywords[0]}` : found.map((keyword) => `${keyword} ${JSON.stringify(given[keyword])}`).join(', ');
}

function judgeRequired({ given, asked, pointer }: Judged): Narrowing[] {
  const had = new Set(namesOf(given['required']));
  return namesOf(asked['required']).filter((name) => !had.has(name)).map((name) => ({ pointer: `${pointer}/properties/${segment(name)}`, narrow: 'optional', wide: 'required' }));
}

function namesOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((name): name is string => typeof name === 'string') : [];
}

function judgeProperties({ given, asked, narrow, wide, pointer, inside }: Judged): Narrowing[] {
  const had = propertiesOf(given);
  return Object.entries(propertiesOf(asked)).flatMap(([name, schema]) => {
    const place = `${pointer}/properties/${segment(name)}`;
    if (isObject(given['patternProperties']) && !isSame(given['patternProperties'], {})) {
      return compare({ schema: Object.hasOwn(had, name) ? had[name] ?? true : true, root: narrow.root }, { schema, root: wide.root }, place, inside);
    }
    // What was a free key before is held to a schema now.
    const before = Object.hasOwn(had, name) ? had[name] ?? true : furtherOf(given);
    return compare({ schema: before, root: narrow.root }, { schema, root: wide.root }, place, inside);
  });
}

function propertiesOf(schema: SchemaObject): Readonly<Record<string, JsonSchema>> {
  const written = schema['properties'];
  return isObject(written) ? Object.fromEntries(Object.entries(written).filter((entry): entry is [string, JsonSchema] => isSchema(entry[1]))) : {};
}

function furtherOf(schema: SchemaObject): JsonSchema {
  const written = schema['additionalProperties'];
  return isSchema(written) ? written : true;
}

function judgeFurtherProperties({ given, asked, narrow, wide, pointer, inside }: Judged): Narrowing[] {
  const further = { schema: furtherOf(asked), root: wide.root };
  const known = propertiesOf(asked);
  const hasPatterns = (schema: SchemaObject): boolean => schema['patternProperties'] !== undefined;
  if ((hasPatterns(given) || hasPatterns(asked)) && !isAlike(given['patternProperties'], asked['patternProperties'], narrow, wide)) return [{ pointer, narrow: 'patterns of property names', wide: 'other ones' }];
  const gone = Object.entries(propertiesOf(given)).filter(([name]) => !Object.hasOwn(known, name)).flatMap(([name, schema]) => {
    const place = `${pointer}/properties/${segment(name)}`;
    // A pattern may let it in, or not: the properties that are known exempt themselves from what is further.
    const problems = compare({ schema, root: narrow.root }, further, place, inside);
    return problems.length > 0 && further.schema === false ? [{ pointer: place, narrow: 'allowed', wide: 'gone' }] : problems;
  });
  return [...gone, ...compare({ schema: furtherOf(given), root: narrow.root }, further, `${pointer}/additionalProperties`, inside)];
}

function judgeItems(keyword: 'items' | 'prefixItems', { given, asked, narrow, wide, pointer, inside }: Judged): Narrowing[] {
  const [had, wanted] = [prefixOf(given), prefixOf(asked)];
  const rest = (schema: SchemaObject): JsonSchema => (isSchema(schema['items']) ? schema['items'] : true);
  const at = (schemas: readonly JsonSchema[], schema: SchemaObject, place: number): JsonSchema => schemas[place] ?? rest(schema);
  if (keyword === 'prefixItems') return wanted.flatMap((schema, place) => compare({ schema: at(had, given, place), root: narrow.root }, { schema, root: wide.root }, `${pointer}/prefixItems/${place}`, inside));
  const beyond = had.slice(wanted.length).flatMap((schema, place) => compare({ schema, root: narrow.root }, { schema: rest(asked), root: wide.root }, `${pointer}/prefixItems/${wanted.length + place}`, inside));
  return [...beyond, ...compare({ schema: rest(given), root: narrow.root }, { schema: rest(asked), root: wide.root }, `${pointer}/items`, inside)];
}

function prefixOf(schema: SchemaObject): JsonSchema[] {
  return Array.isArray(schema['prefixItems']) ? (schema['prefixItems'] as unknown[]).filter(isSchema) : [];
}

function judgeAlternatives({ narrow, wide, pointer, inside }: Judged, branches: readonly unknown[], keyword: string): Narrowing[] {
  const found = branches.filter(isSchema).map((schema) => compare(narrow, { schema, root: wide.root }, pointer, inside));
  if (found.some((problems) => problems.length === 0)) return [];
  return found.length === 1 ? found[0] ?? [] : [{ pointer, narrow: describe(narrow.schema === true || narrow.schema === false ? {} : narrow.schema), wide: `none of the alternatives (${keyword}) allows all of it` }];
}

/** Whether no value can be valid against two of the schemas: by type, or by a required property with other values in each. */
function areDisjoint(branches: readonly unknown[], root: JsonSchema): boolean {
  const resolved = branches.filter(isSchema).map((branch) => {
    const own = assertionsOf(branch);
    const reference = own === false ? undefined : own['$ref'];
    const target = typeof reference === 'string' ? referenced(reference, root) : branch;
    return target === undefined ? {} : assertionsOf(target);
  });
  return resolved.every((left, place) => resolved.slice(place + 1).every((right) => left === false || right === false || excludeEachOther(left, right)));
}

function excludeEachOther(left: SchemaObject, right: SchemaObject): boolean {
  if ([...typesOf(left)].every((type) => !typesOf(right).has(type))) return true;
  const [values, others] = [listed(left), listed(right)];
  if (values && others) return values.every((value) => others.every((other) => !isSame(value, other)));
  if (left['type'] !== 'object' || right['type'] !== 'object') return false;
  const [inLeft, inRight] = [propertiesOf(left), propertiesOf(right)];
  return namesOf(left['required']).filter((name) => namesOf(right['required']).includes(name)).some((name) => {
    const [one, other] = [inLeft[name], inRight[name]];
    const [oneValues, otherValues] = [isObject(one) ? listed(one) : undefined, isObject(other) ? listed(other) : undefined];
    return oneValues !== undefined && otherValues !== undefined && oneValues.every((value) => otherValues.every((second) => !isSame(value, second)));
  });
}

function listed(schema: SchemaObject): unknown[] | undefined {
  return 'const' in schema ? [schema['const']] : Array.isArray(schema['enum']) ? (schema['enum'] as unknown[]) : undefined;
}

function unique(found: readonly Narrowing[]): Narrowing[] {
  return [...new Map(found.map((one) => [JSON.stringify(one), one])).values()];
}

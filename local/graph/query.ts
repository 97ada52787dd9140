import { AzureError, notSupportedLocally } from '../core/errors.ts';
import { badRequest } from './graphError.ts';

export type GraphObject = Record<string, unknown>;

export interface CollectionPage {
  readonly value: GraphObject[];
  /** `$skiptoken` of the next page. */
  readonly nextSkipToken: string | undefined;
}

/**
 * Applies the supported query parameters: `$filter`, `$select`, `$top` and the `$skiptoken` of a next link.
 * Source: learn.microsoft.com, "Use query parameters to customize Microsoft Graph responses".
 * @param options `filterable`: the properties that `$filter` may name; `isMixed`: the objects are of several types, and those without a selected property are answered without it
 * @throws AzureError Request_UnsupportedQuery, Request_BadRequest, NotSupportedByLocalAzure
 */
export function queryCollection(objects: readonly GraphObject[], query: GraphObject, options: { typeName: string; filterable: readonly string[]; isMixed?: boolean }): CollectionPage {
  const { filter, select, top, skip } = readQuery(query);
  const matches = filter === undefined ? [...objects] : objects.filter(parseFilter(filter, options.filterable));
  const page = matches.slice(skip, skip + top);
  const value = page.map((object) => (select ? pick(object, select, options) : object));
  return { value, nextSkipToken: skip + top < matches.length ? String(skip + top) : undefined };
}

/** Applies `$select` to one object. */
export function selectProperties(object: GraphObject, query: GraphObject, typeName: string): GraphObject {
  const { filter, select } = readQuery(query);
  if (filter !== undefined) throw badRequest("The query parameter '$filter' applies to collections only.");
  return select ? pick(object, select, { typeName }) : object;
}

function readQuery(query: GraphObject): { filter: string | undefined; select: string[] | undefined; top: number; skip: number } {
  for (const [name, value] of Object.entries(query)) {
    if (!['$filter', '$select', '$top', '$skiptoken'].includes(name)) throw notSupportedLocally(`The query parameter '${name}' of Microsoft Graph`);
    if (typeof value !== 'string') throw badRequest(`The query parameter '${name}' stands more than once.`);
  }
  const text = query as Record<string, string | undefined>;
  const top = readNumber(text['$top'], '$top', 1, 999) ?? 100;
  const skip = readNumber(text['$skiptoken'], '$skiptoken', 0, Number.MAX_SAFE_INTEGER) ?? 0;
  const select = text['$select']?.split(',').map((name) => name.trim());
  return { filter: text['$filter'], select, top, skip };
}

function readNumber(text: string | undefined, name: string, least: number, most: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most) throw badRequest(`Invalid value '${text}' for ${name}: it has to be a whole number from ${least} to ${most}.`);
  return value;
}

function pick(object: GraphObject, names: readonly string[], { typeName, isMixed = false }: { typeName: string; isMixed?: boolean }): GraphObject {
  // What an object is stands in it, whatever is selected.
  const picked: GraphObject = Object.fromEntries(Object.entries(object).filter(([name]) => name.startsWith('@odata.')));
  for (const name of names) {
    if (!Object.hasOwn(object, name) && isMixed) continue;
    if (!Object.hasOwn(object, name)) throw new AzureError(400, 'BadRequest', `Parsing OData Select and Expand failed: Could not find a property named '${name}' on type 'microsoft.graph.${typeName}'.`);
    picked[name] = object[name];
  }
  return picked;
}

type Predicate = (object: GraphObject) => boolean;

/** Source: learn.microsoft.com, "Use the $filter query parameter", on the operator in. */
const MAX_EXPRESSIONS = 15;
const LITERAL = `'(?:[^']|'')*'|true|false|null|[0-9a-fA-F-]{36}`;
const CLAUSES: { pattern: RegExp; build: (property: string, literal: string) => Predicate }[] = [
  { pattern: new RegExp(`^(\\w+) eq (${LITERAL})$`), build: (property, literal) => (object) => isEqual(object[property], readLiteral(literal)) },
  {
    pattern: new RegExp(`^(\\w+) in ?\\(((?:${LITERAL})(?:, ?(?:${LITERAL}))*)\\)$`),
    build: (property, literals) => {
      const values = (literals.match(new RegExp(LITERAL, 'g')) ?? []).map(readLiteral);
      if (values.length > MAX_EXPRESSIONS) throw new AzureError(400, 'Request_UnsupportedQuery', `Too many child clauses specified in search filter expression containing 'OR' operators: ${values.length}. Max allowed: ${MAX_EXPRESSIONS}.`);
      return (object) => values.some((value) => isEqual(object[property], value));
    },
  },
  {
    pattern: new RegExp(`^startswith\\((\\w+), ?('(?:[^']|'')*')\\)$`, 'i'),
    build: (property, literal) => (object) => String(object[property] ?? '').toLowerCase().startsWith(String(readLiteral(literal)).toLowerCase()),
  },
  {
    pattern: new RegExp(`^(\\w+)/any\\((?:\\w+): ?(?:\\w+) eq ('(?:[^']|'')*')\\)$`, 'i'),
    build: (property, literal) => (object) => {
      const values = object[property];
      return Array.isArray(values) && values.some((value) => isEqual(value, readLiteral(literal)));
    },
  },
];

/** Clauses joined by `and`: `p eq 'v'`, `p in ('v','w')`, `startswith(p,'v')`, `p/any(x:x eq 'v')`. */
function parseFilter(filter: string, filterable: readonly string[]): Predicate {
  const predicates = splitAnd(filter).map((clause) => {
    for (const { pattern, build } of CLAUSES) {
      const [, property, literal] = pattern.exec(clause) ?? [];
      if (property === undefined || literal === undefined) continue;
      if (!filterable.includes(property)) {
        throw new AzureError(400, 'Request_UnsupportedQuery', `Unsupported or invalid query filter clause specified for property '${property}'. Properties to filter by: ${filterable.join(', ')}.`);
      }
      return build(property, literal);
    }
    throw notSupportedLocally(`The filter clause "${clause}" (clauses are p eq 'v', p in ('v','w'), startswith(p,'v') and p/any(x:x eq 'v'), joined by and)`);
  });
  return (object) => predicates.every((predicate) => predicate(object));
}

/** Splits at ` and ` outside of quotes: where an even number of quotes follows. */
function splitAnd(filter: string): string[] {
  return filter.split(/ and (?=(?:[^']*'[^']*')*[^']*$)/i).map((clause) => clause.trim());
}

function readLiteral(literal: string): unknown {
  if (literal.startsWith("'")) return literal.slice(1, -1).replaceAll("''", "'");
  if (literal === 'null') return null;
  if (literal === 'true' || literal === 'false') return literal === 'true';
  return literal;
}

/** Strings are compared without case, as Graph does. */
function isEqual(value: unknown, literal: unknown): boolean {
  if (typeof value === 'string' && typeof literal === 'string') return value.toLowerCase() === literal.toLowerCase();
  return value === literal;
}

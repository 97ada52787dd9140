import { AzureError, notSupportedLocally } from '../core/errors.ts';
import { QUERY_ROWS_LIMIT } from './limits.ts';
import { COLUMNS, TABLE_NAMES, type Cell, type ColumnType, type Row, type TableName } from './telemetry.ts';
import { syntaxError, tokenize, type Token } from './tokens.ts';

/** A query of the subset that is served here; README.md documents it. */
export interface Query {
  readonly table: TableName;
  readonly steps: readonly Step[];
}

export type Step =
  | { readonly kind: 'where'; readonly conditions: readonly Condition[] }
  | { readonly kind: 'summarize'; readonly aggregates: readonly Aggregate[]; readonly by: readonly string[] }
  | { readonly kind: 'order'; readonly by: readonly { readonly column: string; readonly descending: boolean }[] }
  | { readonly kind: 'take'; readonly count: number };

export interface Condition {
  readonly column: string;
  readonly operator: Operator;
  readonly value: string | number;
}

export interface Aggregate {
  readonly name: string;
  /** `count()` when undefined, `sum(column)` otherwise. */
  readonly sumOf: string | undefined;
}

const OPERATORS = ['==', '!=', '<', '<=', '>', '>=', 'startswith', 'has', 'contains'] as const;
export type Operator = (typeof OPERATORS)[number];

export interface Table {
  readonly columns: readonly { readonly name: string; readonly type: ColumnType }[];
  readonly rows: readonly (readonly Cell[])[];
}

const TIMESPAN_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Reads a query: a table, then `where`, `summarize`, `order by` (or `sort by`), `take` (or `limit`).
 * @param now what `ago()` counts from
 * @throws AzureError 400 SyntaxError | SemanticError; 501 NotSupportedByLocalAzure naming the operator that is not served
 */
export function parseQuery(text: string, now: Date): Query {
  const reader = new TokenReader(tokenize(text));
  const table = reader.word('a table');
  const known = TABLE_NAMES.find((name) => name === table);
  if (!known) throw notSupportedLocally(`The KQL table or statement "${table}" (served are ${TABLE_NAMES.join(', ')})`);
  const steps: Step[] = [];
  let columns: readonly string[] = Object.keys(COLUMNS[known]);
  while (!reader.atEnd) {
    reader.symbol('|');
    const step = readStep(reader, columns, now);
    if (step.kind === 'summarize') columns = [...step.by, ...step.aggregates.map(({ name }) => name)];
    steps.push(step);
  }
  return { table: known, steps };
}

function readStep(reader: TokenReader, columns: readonly string[], now: Date): Step {
  const operator = reader.word('an operator after "|"');
  switch (operator) {
    case 'where': return { kind: 'where', conditions: readConditions(reader, columns, now) };
    case 'summarize': return readSummarize(reader, columns);
    case 'order':
    case 'sort':
      reader.keyword('by');
      return { kind: 'order', by: readOrder(reader, columns) };
    case 'take':
    case 'limit': {
      const count = Number(reader.take('number', 'a number of rows').text);
      return { kind: 'take', count };
    }
    default: throw notSupportedLocally(`The KQL operator "${operator}" (served are where, summarize, order by, take)`);
  }
}

function readConditions(reader: TokenReader, columns: readonly string[], now: Date): Condition[] {
  const conditions: Condition[] = [];
  do {
    const column = readColumn(reader, columns);
    const operator = reader.next('an operator').text;
    const known = OPERATORS.find((one) => one === operator);
    if (!known) throw notSupportedLocally(`The KQL operator "${operator}" in where (served are ${OPERATORS.join(', ')}, joined by and)`);
    conditions.push({ column, operator: known, value: readValue(reader, now) });
  } while (reader.skipKeyword('and'));
  if (reader.peek?.kind === 'word') throw notSupportedLocally(`The KQL operator "${reader.peek.text}" in where (conditions are joined by and)`);
  return conditions;
}

function readValue(reader: TokenReader, now: Date): string | number {
  const token = reader.next('a value');
  if (token.kind === 'string') return token.text;
  if (token.kind === 'number') return Number(token.text);
  if (token.kind === 'word' && token.text === 'ago') {
    reader.symbol('(');
    const { text } = reader.take('timespan', 'a timespan such as 1h');
    reader.symbol(')');
    return new Date(now.getTime() - Number.parseFloat(text) * (TIMESPAN_MS[text.replace(/^[\d.]+/, '')] ?? 0)).toISOString();
  }
  throw notSupportedLocally(`The KQL expression "${token.text}" (values are strings, numbers and ago(…))`);
}

function readSummarize(reader: TokenReader, columns: readonly string[]): Step {
  const aggregates: Aggregate[] = [];
  do {
    let name: string | undefined;
    let called = reader.word('count() or sum(…)');
    if (reader.skipSymbol('=')) {
      name = called;
      called = reader.word('count() or sum(…)');
    }
    if (called !== 'count' && called !== 'sum') throw notSupportedLocally(`The KQL aggregation "${called}" (served are count() and sum(…))`);
    reader.symbol('(');
    const sumOf = called === 'sum' ? readColumn(reader, columns) : undefined;
    reader.symbol(')');
    aggregates.push({ name: name ?? (sumOf === undefined ? 'count_' : `sum_${sumOf}`), sumOf });
  } while (reader.skipSymbol(','));
  const by: string[] = [];
  if (reader.skipKeyword('by')) {
    do by.push(readColumn(reader, columns));
    while (reader.skipSymbol(','));
  }
  return { kind: 'summarize', aggregates, by };
}

function readOrder(reader: TokenReader, columns: readonly string[]): { column: string; descending: boolean }[] {
  const by: { column: string; descending: boolean }[] = [];
  do {
    const column = readColumn(reader, columns);
    const ascending = reader.skipKeyword('asc');
    if (!ascending) reader.skipKeyword('desc');
    by.push({ column, descending: !ascending }); // KQL orders downwards unless told otherwise
  } while (reader.skipSymbol(','));
  return by;
}

function readColumn(reader: TokenReader, columns: readonly string[]): string {
  const name = reader.word('a column');
  if (reader.peek?.text === '(') throw notSupportedLocally(`The KQL function "${name}"`);
  if (reader.peek?.text === '.' || reader.peek?.text === '[') throw notSupportedLocally(`Reading into the KQL column "${name}"`);
  if (!columns.includes(name)) throw new AzureError(400, 'SemanticError', `There is no column "${name}" at this place of the query. There are: ${columns.join(', ')}.`);
  return name;
}

class TokenReader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get atEnd(): boolean {
    return this.#at >= this.#tokens.length;
  }

  get peek(): Token | undefined {
    return this.#tokens[this.#at];
  }

  next(expected: string): Token {
    const token = this.#tokens[this.#at++];
    if (!token) throw syntaxError(`${expected} is missing at the end`);
    return token;
  }

  take(kind: Token['kind'], expected: string): Token {
    const token = this.next(expected);
    if (token.kind !== kind) throw syntaxError(`"${token.text}" stands where ${expected} is expected`);
    return token;
  }

  word(expected: string): string {
    return this.take('word', expected).text;
  }

  symbol(text: string): void {
    const token = this.next(`"${text}"`);
    if (token.kind === 'symbol' && token.text === text) return;
    // A sign that KQL knows and this subset does not is named as such.
    if (token.kind === 'symbol') throw notSupportedLocally(`The KQL operator "${token.text}" at this place ("${text}" is served here)`);
    throw syntaxError(`"${token.text}" stands where "${text}" is expected`);
  }

  keyword(text: string): void {
    if (!this.skipKeyword(text)) throw syntaxError(`"${this.peek?.text ?? 'the end'}" stands where "${text}" is expected`);
  }

  skipSymbol(text: string): boolean {
    return this.#skip('symbol', text);
  }

  skipKeyword(text: string): boolean {
    return this.#skip('word', text);
  }

  #skip(kind: Token['kind'], text: string): boolean {
    if (this.peek?.kind !== kind || this.peek.text !== text) return false;
    this.#at += 1;
    return true;
  }
}

/** Runs a query over the rows of its table. */
export function runQuery(query: Query, source: readonly Row[]): Table {
  let types: Readonly<Record<string, ColumnType>> = COLUMNS[query.table];
  let rows = source;
  for (const step of query.steps) {
    switch (step.kind) {
      case 'where':
        rows = rows.filter((row) => step.conditions.every((condition) => holds(condition, row[condition.column] ?? null)));
        break;
      case 'summarize': {
        const before = types;
        types = Object.fromEntries([
          ...step.by.map((name): [string, ColumnType] => [name, before[name] ?? 'string']),
          ...step.aggregates.map(({ name, sumOf }): [string, ColumnType] => [name, sumOf !== undefined && before[sumOf] === 'real' ? 'real' : 'long']),
        ]);
        rows = summarize(rows, step.aggregates, step.by);
        break;
      }
      case 'order':
        rows = [...rows].sort((one, other) => compareRows(one, other, step.by));
        break;
      case 'take':
        rows = rows.slice(0, step.count);
        break;
    }
  }
  const names = Object.keys(types);
  return {
    columns: names.map((name) => ({ name, type: types[name] ?? 'string' })),
    rows: rows.slice(0, QUERY_ROWS_LIMIT).map((row) => names.map((name) => row[name] ?? null)),
  };
}

/** Source: learn.microsoft.com, Kusto Query Language, "String operators": `==` minds case, `startswith`, `has` and `contains` do not. */
function holds({ operator, value }: Condition, cell: Cell): boolean {
  const text = textOf(cell);
  const wanted = String(value).toLowerCase();
  switch (operator) {
    case '==': return text === String(value);
    case '!=': return text !== String(value);
    case '<': return compare(cell, value) < 0;
    case '<=': return compare(cell, value) <= 0;
    case '>': return compare(cell, value) > 0;
    case '>=': return compare(cell, value) >= 0;
    case 'startswith': return text.toLowerCase().startsWith(wanted);
    case 'contains': return text.toLowerCase().includes(wanted);
    case 'has': return hasTerm(text.toLowerCase(), wanted);
  }
}

/** A term is bounded by characters that are neither letters nor digits. */
function hasTerm(text: string, term: string): boolean {
  const isWordCharacter = (character: string): boolean => /[\p{L}\p{N}]/u.test(character);
  for (let at = text.indexOf(term); at >= 0; at = text.indexOf(term, at + 1)) {
    if (!isWordCharacter(text.charAt(at - 1)) && !isWordCharacter(text.charAt(at + term.length))) return true;
  }
  return false;
}

function compare(one: Cell | undefined, other: Cell | undefined): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  const [first, second] = [textOf(one), textOf(other)];
  return first < second ? -1 : first > second ? 1 : 0;
}

export function textOf(cell: Cell | undefined): string {
  if (cell === null || cell === undefined) return '';
  return typeof cell === 'object' ? JSON.stringify(cell) : String(cell);
}

function compareRows(one: Row, other: Row, by: readonly { column: string; descending: boolean }[]): number {
  for (const { column, descending } of by) {
    const order = compare(one[column], other[column]);
    if (order !== 0) return descending ? -order : order;
  }
  return 0;
}

function summarize(rows: readonly Row[], aggregates: readonly Aggregate[], by: readonly string[]): Row[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = JSON.stringify(by.map((name) => row[name] ?? null));
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  if (by.length === 0 && groups.size === 0) groups.set('', []);
  return [...groups.values()].map((group) => ({
    ...Object.fromEntries(by.map((name): [string, Cell] => [name, group[0]?.[name] ?? null])),
    ...Object.fromEntries(aggregates.map(({ name, sumOf }): [string, Cell] => [name, sumOf === undefined ? group.length : sum(group, sumOf)])),
  }));
}

function sum(rows: readonly Row[], column: string): number {
  return rows.reduce((total, row) => total + (typeof row[column] === 'number' ? row[column] : 0), 0);
}

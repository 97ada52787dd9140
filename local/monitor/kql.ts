import { notSupportedLocally } from '../core/errors.ts';
import { readAggregate, type Aggregate } from './aggregates.ts';
import { compare } from './cells.ts';
import { readExpression, semanticError, type Expression, type Scope } from './expressions.ts';
import { QUERY_ROWS_LIMIT } from './limits.ts';
import { COLUMNS, TABLE_NAMES, type Cell, type ColumnType, type Row, type TableName } from './telemetry.ts';
import { TokenReader } from './tokenReader.ts';
import { tokenize } from './tokens.ts';

/** A query of the subset that is served here; README.md documents it. */
export interface Query {
  readonly table: TableName;
  readonly steps: readonly Step[];
  /** Columns of the result. */
  readonly columns: Columns;
}

type Columns = Readonly<Record<string, ColumnType>>;

/** One operator of the pipe: what it makes of the rows, and the columns that they have after it. */
interface Step {
  readonly columns: Columns;
  run(rows: readonly Row[]): readonly Row[];
}

export interface Table {
  readonly columns: readonly { readonly name: string; readonly type: ColumnType }[];
  readonly rows: readonly (readonly Cell[])[];
}

interface Named {
  readonly name: string;
  readonly expression: Expression;
}

/**
 * Reads a query: a table, then `where`, `extend`, `summarize`, `order by` (or `sort by`), `take` (or `limit`).
 * @param now what `ago()` counts from
 * @throws AzureError 400 SyntaxError | SemanticError; 501 NotSupportedByLocalAzure naming the operator that is not served
 */
export function parseQuery(text: string, now: Date): Query {
  const reader = new TokenReader(tokenize(text));
  const table = reader.word('a table');
  const known = TABLE_NAMES.find((name) => name === table);
  if (!known) throw notSupportedLocally(`The KQL table or statement "${table}" (served are ${TABLE_NAMES.join(', ')})`);
  const steps: Step[] = [];
  let columns: Columns = COLUMNS[known];
  while (!reader.atEnd) {
    reader.symbol('|');
    const step = readStep(reader, { columns, now });
    columns = step.columns;
    steps.push(step);
  }
  return { table: known, steps, columns };
}

function readStep(reader: TokenReader, scope: Scope): Step {
  const operator = reader.word('an operator after "|"');
  switch (operator) {
    case 'where': return readWhere(reader, scope);
    case 'extend': return readExtend(reader, scope);
    case 'summarize': return readSummarize(reader, scope);
    case 'order':
    case 'sort':
      reader.keyword('by');
      return readOrder(reader, scope);
    case 'take':
    case 'limit': {
      const count = Number(reader.take('number', 'a number of rows').text);
      return { columns: scope.columns, run: (rows) => rows.slice(0, count) };
    }
    default: throw notSupportedLocally(`The KQL operator "${operator}" (served are where, extend, summarize, order by, take)`);
  }
}

function readWhere(reader: TokenReader, scope: Scope): Step {
  const condition = readExpression(reader, scope);
  if (reader.peek?.kind === 'word') throw notSupportedLocally(`The KQL operator "${reader.peek.text}" in where`);
  if (condition.type !== 'bool') throw semanticError(`where takes a condition, not a ${condition.type}`);
  return { columns: scope.columns, run: (rows) => rows.filter((row) => condition.evaluate(row) === true) };
}

function readExtend(reader: TokenReader, scope: Scope): Step {
  const added: Named[] = [];
  do {
    const name = reader.word('the name of a column');
    reader.symbol('=');
    added.push({ name, expression: readExpression(reader, scope) });
  } while (reader.skipSymbol(','));
  return {
    columns: { ...scope.columns, ...typesOf(added) },
    run: (rows) => rows.map((row) => ({ ...row, ...valuesOf(added, row) })),
  };
}

function readSummarize(reader: TokenReader, scope: Scope): Step {
  const aggregates: Aggregate[] = [];
  do aggregates.push(readAggregate(reader, scope));
  while (reader.skipSymbol(','));
  const by: Named[] = [];
  if (reader.skipKeyword('by')) {
    do by.push(readGroup(reader, scope));
    while (reader.skipSymbol(','));
  }
  return {
    columns: { ...typesOf(by), ...Object.fromEntries(aggregates.map(({ name, type }) => [name, type])) },
    run: (rows) => summarize(rows, aggregates, by),
  };
}

/** `NAME = EXPRESSION`, or an expression that has the name of its column. */
function readGroup(reader: TokenReader, scope: Scope): Named {
  const given = reader.peek?.kind === 'word' && reader.peekSecond?.text === '=' ? reader.word('a name') : undefined;
  if (given !== undefined) reader.symbol('=');
  const expression = readExpression(reader, scope);
  const name = given ?? expression.name;
  if (name === undefined) throw notSupportedLocally('Grouping by an expression without a name (write NAME = …)');
  return { name, expression };
}

function readOrder(reader: TokenReader, scope: Scope): Step {
  const by: { expression: Expression; sign: number }[] = [];
  do {
    const expression = readExpression(reader, scope);
    const ascending = reader.skipKeyword('asc');
    if (!ascending) reader.skipKeyword('desc');
    by.push({ expression, sign: ascending ? 1 : -1 }); // KQL orders downwards unless told otherwise
  } while (reader.skipSymbol(','));
  const order = (one: Row, other: Row): number => by.map(({ expression, sign }) => sign * compare(expression.evaluate(one), expression.evaluate(other))).find((difference) => difference !== 0) ?? 0;
  return { columns: scope.columns, run: (rows) => [...rows].sort(order) };
}

function typesOf(named: readonly Named[]): Columns {
  return Object.fromEntries(named.map(({ name, expression }) => [name, expression.type]));
}

function valuesOf(named: readonly Named[], row: Row): Row {
  return Object.fromEntries(named.map(({ name, expression }) => [name, expression.evaluate(row)]));
}

function summarize(rows: readonly Row[], aggregates: readonly Aggregate[], by: readonly Named[]): Row[] {
  const groups = new Map<string, { values: Row; rows: Row[] }>();
  for (const row of rows) {
    const values = valuesOf(by, row);
    const key = JSON.stringify(Object.values(values));
    const group = groups.get(key);
    if (group) group.rows.push(row);
    else groups.set(key, { values, rows: [row] });
  }
  if (by.length === 0 && groups.size === 0) groups.set('', { values: {}, rows: [] });
  return [...groups.values()].map((group) => ({ ...group.values, ...Object.fromEntries(aggregates.map(({ name, of }): [string, Cell] => [name, of(group.rows)])) }));
}

/** Runs a query over the rows of its table. */
export function runQuery({ steps, columns }: Query, source: readonly Row[]): Table {
  const rows = steps.reduce<readonly Row[]>((current, step) => step.run(current), source);
  const names = Object.keys(columns);
  return {
    columns: names.map((name) => ({ name, type: columns[name] ?? 'string' })),
    rows: rows.slice(0, QUERY_ROWS_LIMIT).map((row) => names.map((name) => row[name] ?? null)),
  };
}

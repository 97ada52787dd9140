import { notSupportedLocally } from '../core/errors.ts';
import { compare, textOf } from './cells.ts';
import { readArguments, semanticError, type Expression, type Scope } from './expressions.ts';
import type { Cell, ColumnType, Row } from './telemetry.ts';
import type { TokenReader } from './tokenReader.ts';

/** A column of `summarize`: one value of many rows. */
export interface Aggregate {
  readonly name: string;
  readonly type: ColumnType;
  of(rows: readonly Row[]): Cell;
}

interface AggregateFunction {
  readonly count: number;
  type(args: readonly Expression[]): ColumnType;
  of(rows: readonly Row[], args: readonly Expression[]): Cell;
}

const whole = (): ColumnType => 'long';
const ofSum = ([value]: readonly Expression[]): ColumnType => (value?.type === 'real' ? 'real' : 'long');
const ofValue = ([value]: readonly Expression[]): ColumnType => value?.type ?? 'dynamic';
const ofReal = (): ColumnType => 'real';

/** Source: learn.microsoft.com, Kusto Query Language, "Aggregation functions". Percentiles here are exact, by nearest rank; Kusto estimates those of many rows. */
const FUNCTIONS: Readonly<Record<string, AggregateFunction>> = {
  count: { count: 0, type: whole, of: (rows) => rows.length },
  sum: { count: 1, type: ofSum, of: (rows, [value]) => total(rows, value) },
  sumif: { count: 2, type: ofSum, of: (rows, [value, condition]) => total(rows.filter((row) => condition?.evaluate(row) === true), value) },
  avg: { count: 1, type: ofReal, of: (rows, [value]) => average(numbersOf(rows, value)) },
  min: { count: 1, type: ofValue, of: (rows, [value]) => extreme(rows, value, -1) },
  max: { count: 1, type: ofValue, of: (rows, [value]) => extreme(rows, value, 1) },
  dcount: { count: 1, type: whole, of: (rows, [value]) => new Set(rows.map((row) => textOf(value?.evaluate(row)))).size },
  percentile: { count: 2, type: ofReal, of: (rows, [value, percent]) => percentile(rows, value, () => 1, percent) },
  percentilew: { count: 3, type: ofReal, of: (rows, [value, weight, percent]) => percentile(rows, value, (row) => Number(weight?.evaluate(row)), percent) },
};

/** Reads `[NAME =] FUNCTION(…)`. */
export function readAggregate(reader: TokenReader, scope: Scope): Aggregate {
  let given: string | undefined;
  let called = reader.word('an aggregation such as count() or sum(…)');
  if (reader.skipSymbol('=')) {
    given = called;
    called = reader.word('an aggregation such as count() or sum(…)');
  }
  const known = Object.hasOwn(FUNCTIONS, called) ? FUNCTIONS[called] : undefined;
  if (!known) throw notSupportedLocally(`The KQL aggregation "${called}" (served are ${Object.keys(FUNCTIONS).join(', ')})`);
  reader.symbol('(');
  const args = readArguments(reader, scope);
  if (args.length !== known.count) throw semanticError(`${called}() takes ${known.count} arguments, not ${args.length}`);
  const name = given ?? (args.length === 0 ? `${called}_` : args[0]?.name && `${called}_${args[0].name}`);
  if (!name) throw notSupportedLocally(`The KQL aggregation "${called}" of an expression without a name for the result (write NAME = ${called}(…))`);
  return { name, type: known.type(args), of: (rows) => known.of(rows, args) };
}

function numbersOf(rows: readonly Row[], value: Expression | undefined): number[] {
  return rows.map((row) => value?.evaluate(row)).filter((cell) => typeof cell === 'number');
}

function total(rows: readonly Row[], value: Expression | undefined): number {
  return numbersOf(rows, value).reduce((sum, number) => sum + number, 0);
}

function average(numbers: readonly number[]): number | null {
  return numbers.length === 0 ? null : numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}

function extreme(rows: readonly Row[], value: Expression | undefined, direction: 1 | -1): Cell {
  return rows.map((row) => value?.evaluate(row) ?? null).filter((cell) => cell !== null).reduce<Cell>((best, cell) => (best === null || compare(cell, best) * direction > 0 ? cell : best), null);
}

function percentile(rows: readonly Row[], value: Expression | undefined, weightOf: (row: Row) => number, percent: Expression | undefined): number | null {
  const weighted = rows.flatMap((row) => {
    const number = value?.evaluate(row);
    return typeof number === 'number' ? [{ number, weight: weightOf(row) }] : [];
  }).sort((one, other) => one.number - other.number);
  const rank = (Number(percent?.evaluate({})) / 100) * weighted.reduce((sum, { weight }) => sum + weight, 0);
  let passed = 0;
  return weighted.find(({ weight }) => (passed += weight) >= rank)?.number ?? null;
}

import { AzureError, notSupportedLocally } from '../core/errors.ts';
import { compare, hasTerm, textOf } from './cells.ts';
import type { Cell, ColumnType, Row } from './telemetry.ts';
import type { TokenReader } from './tokenReader.ts';
import { syntaxError } from './tokens.ts';

/** A scalar expression: its type, and its value in a row. */
export interface Expression {
  readonly type: ColumnType;
  /** Name of the column that it would become without one of its own; undefined when Kusto would invent one. */
  readonly name: string | undefined;
  evaluate(row: Row): Cell;
}

/** What an expression may use. */
export interface Scope {
  readonly columns: Readonly<Record<string, ColumnType>>;
  /** What `ago()` and `now()` count from. */
  readonly now: Date;
}

const TIMESPAN_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const NUMBERS: readonly ColumnType[] = ['int', 'long', 'real'];
const NUMBER_OPERATORS = ['<', '<=', '>', '>='];
const TEXT_OPERATORS = ['startswith', 'has', 'contains'];

/**
 * Reads an expression: `or`, `and`, comparisons, `+ - * /`, columns, literals, members of dynamic columns and the functions below.
 * @throws AzureError 400 SyntaxError | SemanticError; 501 NotSupportedByLocalAzure naming the function that is not served
 */
export function readExpression(reader: TokenReader, scope: Scope): Expression {
  return readChain(reader, ['or'], 'word', () => readChain(reader, ['and'], 'word', () => readComparison(reader, scope), both), either);
}

type Combine = (operator: string, left: Expression, right: Expression) => Expression;

function readChain(reader: TokenReader, operators: readonly string[], kind: 'word' | 'symbol', readOperand: () => Expression, combine: Combine): Expression {
  let left = readOperand();
  for (;;) {
    const operator = operators.find((candidate) => reader.skip(kind, candidate));
    if (operator === undefined) return left;
    left = combine(operator, left, readOperand());
  }
}

const both: Combine = (_operator, left, right) => truth(left, right, (row) => left.evaluate(row) === true && right.evaluate(row) === true);
const either: Combine = (_operator, left, right) => truth(left, right, (row) => left.evaluate(row) === true || right.evaluate(row) === true);

function truth(left: Expression, right: Expression, evaluate: (row: Row) => boolean): Expression {
  for (const { type } of [left, right]) if (type !== 'bool') throw semanticError(`"and" and "or" join conditions; one of them is a value of type ${type}`);
  return { type: 'bool', name: undefined, evaluate };
}

/** Source: learn.microsoft.com, Kusto Query Language, "String operators": `==` minds case, `startswith`, `has` and `contains` do not. */
function readComparison(reader: TokenReader, scope: Scope): Expression {
  const left = readSum(reader, scope);
  const token = reader.peek;
  const operator = token && [...NUMBER_OPERATORS, '==', '!=', ...TEXT_OPERATORS].find((known) => reader.skip(token.kind === 'word' ? 'word' : 'symbol', known));
  if (operator === undefined) return left;
  const right = readSum(reader, scope);
  judgeComparison(operator, left.type, right.type);
  return { type: 'bool', name: undefined, evaluate: (row) => holds(operator, left.evaluate(row), right.evaluate(row)) };
}

function judgeComparison(operator: string, left: ColumnType, right: ColumnType): void {
  const isText = (type: ColumnType): boolean => type === 'string' || type === 'dynamic';
  if (TEXT_OPERATORS.includes(operator) ? isText(left) && isText(right) : left === right || [left, right].includes('dynamic') || [left, right].every((type) => NUMBERS.includes(type))) return;
  throw semanticError(`"${operator}" cannot compare a ${left} with a ${right}`);
}

function holds(operator: string, left: Cell, right: Cell): boolean {
  const [text, wanted] = [textOf(left), textOf(right)];
  switch (operator) {
    case '==': return text === wanted;
    case '!=': return text !== wanted;
    case 'startswith': return text.toLowerCase().startsWith(wanted.toLowerCase());
    case 'contains': return text.toLowerCase().includes(wanted.toLowerCase());
    case 'has': return hasTerm(text.toLowerCase(), wanted.toLowerCase());
  }
  // What is not there is neither more nor less than anything.
  if (left === null || right === null) return false;
  const order = compare(left, right);
  return operator === '<' ? order < 0 : operator === '<=' ? order <= 0 : operator === '>' ? order > 0 : order >= 0;
}

function readSum(reader: TokenReader, scope: Scope): Expression {
  return readChain(reader, ['+', '-'], 'symbol', () => readChain(reader, ['*', '/'], 'symbol', () => readOperand(reader, scope), arithmetic), arithmetic);
}

/** Source: learn.microsoft.com, Kusto Query Language, "Numerical operators": whole numbers divide to whole ones; with a real the result is real. */
const arithmetic: Combine = (operator, left, right) => {
  for (const { type } of [left, right]) if (!NUMBERS.includes(type)) throw semanticError(`"${operator}" takes numbers, not a ${type}`);
  const isReal = left.type === 'real' || right.type === 'real';
  return {
    type: isReal ? 'real' : 'long',
    name: undefined,
    evaluate(row) {
      const [one, other] = [left.evaluate(row), right.evaluate(row)];
      if (typeof one !== 'number' || typeof other !== 'number') return null;
      const value = calculate(operator, one, other);
      if (!Number.isFinite(value)) return null;
      return isReal ? value : Math.trunc(value);
    },
  };
};

function calculate(operator: string, one: number, other: number): number {
  switch (operator) {
    case '+': return one + other;
    case '-': return one - other;
    case '*': return one * other;
    default: return one / other;
  }
}

function readOperand(reader: TokenReader, scope: Scope): Expression {
  let operand = readPrimary(reader, scope);
  for (;;) {
    if (reader.skipSymbol('.')) operand = member(operand, reader.word('the name of a member'));
    else if (reader.skipSymbol('[')) {
      operand = member(operand, reader.take('string', 'the name of a member in quotes').text);
      reader.symbol(']');
    } else return operand;
  }
}

function member(of: Expression, name: string): Expression {
  if (of.type !== 'dynamic') throw semanticError(`"${name}" is to be read from a value of type ${of.type}; only dynamic ones have members`);
  return {
    type: 'dynamic',
    name: undefined,
    evaluate(row) {
      const value = of.evaluate(row);
      return typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value[name] as Cell) : null;
    },
  };
}

function readPrimary(reader: TokenReader, scope: Scope): Expression {
  const token = reader.next('a value');
  switch (token.kind) {
    case 'string': return literal('string', token.text);
    case 'number': return literal(token.text.includes('.') ? 'real' : 'long', Number(token.text));
    case 'timespan': return literal('timespan', Number.parseFloat(token.text) * (TIMESPAN_MS[token.text.replace(/^[\d.]+/, '')] ?? 0));
    case 'word':
      if (reader.skipSymbol('(')) return readCall(token.text, reader, scope);
      return readColumn(token.text, scope);
    case 'symbol': {
      if (token.text !== '(') throw syntaxError(`"${token.text}" stands where a value is expected`);
      const inner = readExpression(reader, scope);
      reader.symbol(')');
      return inner;
    }
  }
}

function literal(type: ColumnType, value: Cell): Expression {
  return { type, name: undefined, evaluate: () => value };
}

function readColumn(name: string, { columns }: Scope): Expression {
  const type = Object.hasOwn(columns, name) ? columns[name] : undefined;
  if (type === undefined) throw semanticError(`There is no column "${name}" at this place of the query. There are: ${Object.keys(columns).join(', ')}`);
  return { type, name, evaluate: (row) => row[name] ?? null };
}

/** The arguments of a call, after its opening parenthesis. */
export function readArguments(reader: TokenReader, scope: Scope): Expression[] {
  const args: Expression[] = [];
  if (reader.skipSymbol(')')) return args;
  do args.push(readExpression(reader, scope));
  while (reader.skipSymbol(','));
  reader.symbol(')');
  return args;
}

/** Functions by name: how many arguments they take, and what they make of them. Source: learn.microsoft.com, Kusto Query Language, "Scalar functions". */
const FUNCTIONS: Readonly<Record<string, { readonly count: number; make(args: readonly Expression[], scope: Scope): Expression }>> = {
  ago: { count: 1, make: ([span], { now }) => literal('datetime', new Date(now.getTime() - Number(span?.evaluate({}))).toISOString()) },
  now: { count: 0, make: (_args, { now }) => literal('datetime', now.toISOString()) },
  tostring: { count: 1, make: ([value]) => converted('string', value, textOf) },
  toint: { count: 1, make: ([value]) => converted('int', value, (cell) => toNumber(cell, Math.trunc)) },
  tolong: { count: 1, make: ([value]) => converted('long', value, (cell) => toNumber(cell, Math.trunc)) },
  todouble: { count: 1, make: ([value]) => converted('real', value, (cell) => toNumber(cell, (number) => number)) },
  round: { count: 2, make: ([value, digits]) => converted('real', value, (cell) => toNumber(cell, (number) => Number(number.toFixed(Number(digits?.evaluate({})))))) },
  bin: { count: 2, make: ([value, size]) => bin(value as Expression, size as Expression) },
  iff: { count: 3, make: ([condition, one, other]) => iff(condition as Expression, one as Expression, other as Expression) },
};

function readCall(name: string, reader: TokenReader, scope: Scope): Expression {
  const called = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  if (!called) throw notSupportedLocally(`The KQL function "${name}" at this place (served are ${Object.keys(FUNCTIONS).join(', ')})`);
  const args = readArguments(reader, scope);
  if (args.length !== called.count) throw semanticError(`${name}() takes ${called.count} arguments, not ${args.length}`);
  return called.make(args, scope);
}

function converted(type: ColumnType, value: Expression | undefined, convert: (cell: Cell) => Cell): Expression {
  return { type, name: value?.name, evaluate: (row) => convert(value?.evaluate(row) ?? null) };
}

function toNumber(cell: Cell, shape: (number: number) => number): number | null {
  const number = typeof cell === 'number' ? cell : typeof cell === 'string' && cell.trim() !== '' ? Number(cell) : Number.NaN;
  return Number.isFinite(number) ? shape(number) : null;
}

/** Down to a multiple of the size, counted from 1970 for times. */
function bin(value: Expression, size: Expression): Expression {
  const step = Number(size.evaluate({}));
  const down = (number: number): number => Math.floor(number / step) * step;
  if (value.type === 'datetime' && size.type === 'timespan') return converted('datetime', value, (cell) => (cell === null ? null : new Date(down(Date.parse(textOf(cell)))).toISOString()));
  if (NUMBERS.includes(value.type) && NUMBERS.includes(size.type)) return converted(value.type, value, (cell) => (typeof cell === 'number' ? down(cell) : null));
  throw semanticError(`bin() rounds a time by a timespan or a number by a number, not a ${value.type} by a ${size.type}`);
}

function iff(condition: Expression, one: Expression, other: Expression): Expression {
  if (condition.type !== 'bool') throw semanticError(`The first argument of iff() is a condition, not a ${condition.type}`);
  const bothNumbers = NUMBERS.includes(one.type) && NUMBERS.includes(other.type);
  if (one.type !== other.type && !bothNumbers) throw semanticError(`iff() gives either a ${one.type} or a ${other.type}; both have to be of one type`);
  const type = one.type === other.type ? one.type : [one.type, other.type].includes('real') ? 'real' : 'long';
  return { type, name: undefined, evaluate: (row) => (condition.evaluate(row) === true ? one : other).evaluate(row) };
}

export function semanticError(what: string): AzureError {
  return new AzureError(400, 'SemanticError', `${what}.`);
}

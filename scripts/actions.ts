import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { CommandError } from './commandError.ts';
import type { CommandContext } from './commands/commandContext.ts';

/** An action of a command, such as `calls` of `npm run audit`: does its work and returns the exit code. */
export type Run = (context: CommandContext, argv: readonly string[]) => Promise<number>;

export interface Action {
  /** How it is called, a line each. */
  readonly usage: readonly string[];
  /** Loaded when called: an action need not wait for what another one needs. */
  readonly load: () => Promise<Run>;
}

export interface ActionTable {
  readonly actions: Readonly<Record<string, Action>>;
  /** What words in the lines of use stand for. */
  readonly notes?: readonly string[];
}

/** An action was called wrongly: what was given, without what is allowed, which the table knows. */
export class ArgumentError extends Error {}

/**
 * Runs the action that the first argument names.
 * @throws CommandError BAD_ARGUMENT with the use of all actions, when there is no such action or it throws an ArgumentError
 */
export async function runAction(context: CommandContext, { actions, notes = [] }: ActionTable): Promise<number> {
  const [name = '', ...argv] = context.argv;
  try {
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
    if (!action) throw new ArgumentError(name === '' ? 'No action was given' : `There is no action "${name}"`);
    return await (await action.load())(context, argv);
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    const usage = [...Object.values(actions).flatMap((action) => action.usage), ...notes];
    throw new CommandError('BAD_ARGUMENT', `${error.message}. Allowed:${usage.map((line) => `\n  ${line}`).join('')}`, 2);
  }
}

/**
 * Options and names of an action, strictly.
 * @throws ArgumentError
 */
export function parseAction<T extends ParseArgsOptionsConfig>(argv: readonly string[], options: T) {
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, strict: true, allowPositionals: true });
    return { options: values, positionals };
  } catch (error) {
    throw new ArgumentError((error as Error).message);
  }
}

/**
 * Options of an action that takes no name.
 * @throws ArgumentError
 */
export function parseActionOptions<T extends ParseArgsOptionsConfig>(argv: readonly string[], options: T) {
  const { options: values, positionals } = parseAction(argv, options);
  if (positionals.length > 0) throw new ArgumentError(`"${positionals.join(' ')}" is not understood here`);
  return values;
}

/**
 * The name that an action takes, and its options.
 * @param what is named, such as "call id"
 * @throws ArgumentError
 */
export function parseActionOnOne<T extends ParseArgsOptionsConfig>(argv: readonly string[], options: T, what: string) {
  const { options: values, positionals: [one, ...others] } = parseAction(argv, options);
  if (one === undefined) throw new ArgumentError(`No ${what} was given`);
  if (others.length > 0) throw new ArgumentError(`More than one ${what} was given: ${[one, ...others].join(', ')}`);
  return { options: values, one };
}

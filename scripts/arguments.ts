import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { CommandError } from './commandError.ts';

export const STACKS = ['staging', 'prod'] as const;
export type StackName = (typeof STACKS)[number];

/** Ids of Entra. */
export const GUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/**
 * Parses the arguments of a subcommand strictly.
 * @param command the script of package.json, and behind it the action, as in `audit access`
 * @throws CommandError BAD_ARGUMENT with the options that there are
 */
export function parseOptions<T extends ParseArgsOptionsConfig>(command: string, argv: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...argv], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    const allowed = Object.entries(options).map(([name, { type }]) => (type === 'string' ? `--${name} VALUE` : `--${name}`));
    const [script, ...action] = command.split(' ');
    const hint = `Allowed: ${allowed.join(', ')}. With npm, options stand behind "--": npm run ${[script, '--', ...action, allowed[0] ?? ''].join(' ')}`;
    throw new CommandError('BAD_ARGUMENT', `${(error as Error).message}. ${hint}`, 2);
  }
}

/** @throws CommandError BAD_STACK when the name is none of the stacks that have a settings file */
export function parseStack(name: string | undefined): StackName {
  const found = STACKS.find((stack) => stack === (name ?? 'staging'));
  if (!found) throw new CommandError('BAD_STACK', `There is no stack "${name}". Stacks: ${STACKS.join(', ')} (one Pulumi.NAME.yaml each).`, 2);
  return found;
}

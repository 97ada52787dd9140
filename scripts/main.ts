import { CommandError } from './commandError.ts';
import type { CommandContext } from './commands/commandContext.ts';

/** A subcommand: does its work, prints its result to `stdout`, and returns the exit code. */
type Command = (context: CommandContext) => Promise<number>;

/** Loaded when called: `status` need not wait for what `up` needs. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  up: async () => (await import('./commands/up.ts')).up,
  down: async () => (await import('./commands/down.ts')).down,
  status: async () => (await import('./commands/status.ts')).status,
  env: async () => (await import('./commands/env.ts')).env,
  token: async () => (await import('./commands/token.ts')).token,
  access: async () => (await import('./commands/access.ts')).access,
  audit: async () => (await import('./commands/audit.ts')).audit,
  policy: async () => (await import('./commands/policy.ts')).policy,
  release: async () => (await import('./commands/release.ts')).release,
  secrets: async () => (await import('./commands/secrets.ts')).secrets,
  tool: async () => (await import('./commands/tool.ts')).tool,
  load: async () => (await import('./commands/load.ts')).load,
  preflight: async () => (await import('./preflight/index.ts')).runPreflightCommand,
};

/**
 * Entry of the command surface: `node scripts/main.ts COMMAND …`, called by the scripts of package.json.
 * Exit codes: 0 done, 1 the work failed, 2 called wrongly; some commands have more, which they document.
 */
const [name = '', ...argv] = process.argv.slice(2);
process.exitCode = await run(name, { argv, env: process.env, stdout: process.stdout, stderr: process.stderr });

async function run(command: string, context: CommandContext): Promise<number> {
  try {
    const load = Object.hasOwn(commands, command) ? commands[command] : undefined;
    if (!load) throw new CommandError('UNKNOWN_COMMAND', `There is no command "${command}". Commands: ${Object.keys(commands).join(', ')}.`, 2);
    return await (await load())(context);
  } catch (error) {
    const { code, message, exitCode } = error as { code?: unknown; message: string; exitCode?: number };
    const known = typeof code === 'string';
    context.stderr.write(`\n${known ? `${code}: ` : ''}${known ? message : ((error as Error).stack ?? message)}\n`);
    return exitCode ?? 1;
  }
}

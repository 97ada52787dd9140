import { ensurePulumi } from '../toolchain/index.ts';
import { parseOptions, parseStack } from '../arguments.ts';
import { requireLocalCloud } from '../cloud/localCloud.ts';
import { readStackOutputs } from '../cloud/stackOutputs.ts';
import { foldersOf, openPulumi, progressOf, type CommandContext } from './commandContext.ts';

/** `npm run env`: the variables that point a shell at the local Azure, as lines for `eval`. */
export async function env(context: CommandContext): Promise<number> {
  const options = parseOptions('env', context.argv, { stack: { type: 'string' }, json: { type: 'boolean' } });
  const stack = parseStack(options.stack);
  const endpoints = await requireLocalCloud(foldersOf(context));
  const { pulumi, environment } = openPulumi(context, await ensurePulumi({ env: context.env, progress: progressOf(context) }), endpoints, stack);
  const outputs = await readStackOutputs(pulumi, stack);
  const variables: Record<string, string> = {
    ...environment,
    ...(outputs ? { MCP_URL: outputs.mcpUrl, MCP_STAGING_URL: outputs.mcpStagingUrl } : {}),
  };
  context.stdout.write(options.json ? `${JSON.stringify(variables)}\n` : Object.entries(variables).map(([name, value]) => `export ${name}=${quote(value)}\n`).join(''));
  return 0;
}

/** A value as a POSIX shell takes it, whatever stands in it. */
export function quote(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}

import type { z } from 'zod';
import type { Run } from './run.ts';
import { ARM_URL } from '../cloud/resourceManager.ts';

/** What a program was asked for, or why there is no answer. */
export type Answer<T> =
  | { readonly value: T; readonly problem?: undefined }
  | { readonly value?: undefined; readonly problem: string; readonly isMissing: boolean };

/**
 * Runs a program that prints JSON and checks the answer's form. Never throws: an answer of another form is a problem as well.
 * @param schema what is read from the answer; the rest is passed over
 */
export async function askJson<T>(run: Run, command: string, args: readonly string[], schema: z.ZodType<T>): Promise<Answer<T>> {
  const { exitCode, isMissing, stdout, stderr } = await run(command, args);
  if (exitCode !== 0) return { problem: lastErrorLine(stderr) || `"${command} ${args[0] ?? ''}" ended with exit code ${exitCode}`, isMissing };
  try {
    const parsed = schema.safeParse(JSON.parse(stdout));
    if (parsed.success) return { value: parsed.data };
    const issue = parsed.error.issues[0];
    return { problem: `"${command} ${args.slice(0, 2).join(' ')}" answered in a form that is not known here (${issue?.path.join('.')}: ${issue?.message})`, isMissing: false };
  } catch {
    return { problem: `"${command} ${args.slice(0, 2).join(' ')}" did not answer in JSON`, isMissing: false };
  }
}

/** The line that says most: the Azure CLI and Pulumi begin it with ERROR or error, and may end with hints. */
function lastErrorLine(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  const line = lines.findLast((candidate) => /^error\b/i.test(candidate)) ?? lines.at(-1) ?? '';
  return line.replace(/^error:\s*/i, '').slice(0, 300);
}

/** Asks Azure Resource Manager through the Azure CLI, which adds the token by itself. @param path from "/subscriptions" on, with api-version */
export function askArm<T>(run: Run, path: string, schema: z.ZodType<T>): Promise<Answer<T>> {
  return askJson(run, 'az', ['rest', '--method', 'get', '--url', ARM_URL + path, '--output', 'json'], schema);
}

/** Asks Microsoft Graph through the Azure CLI. @param path from the version's root on */
export function askGraph<T>(run: Run, path: string, schema: z.ZodType<T>): Promise<Answer<T>> {
  return askJson(run, 'az', ['rest', '--method', 'get', '--url', `https://graph.microsoft.com/v1.0${path}`, '--output', 'json'], schema);
}

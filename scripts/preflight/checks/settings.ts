import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { ConfigurationError, readSettings, type Settings } from '../../../infra/config.ts';
import type { Finding } from '../finding.ts';

const stackFileSchema = z.looseObject({ config: z.record(z.string(), z.unknown()).default({}) });

/** What the checks read of a stack's settings. */
export interface StackSettings {
  readonly settings: Settings;
  /** Short name of the region. */
  readonly location: string;
  /** The subscription that the stack names; undefined when the Azure CLI's own counts. */
  readonly subscriptionId: string | undefined;
}

/** The settings of a stack as the program will read them, found in the stack's file. @param projectDir where the stack files are */
export function checkSettings(projectDir: string, stack: string): { finding: Finding; found?: StackSettings } {
  const file = `Pulumi.${stack}.yaml`;
  const about = { id: 'settings', title: `Settings of stack "${stack}"`, required: 'values that the program accepts' };
  try {
    const { config } = stackFileSchema.parse(parse(readFileSync(join(projectDir, file), 'utf8')));
    const values = asText(config);
    const settings = readSettings(stack, values);
    const location = values['azure-native:location'] ?? '';
    return {
      finding: { ...about, status: 'ok', given: `${file}: ${settings.instances} × ${settings.planSku} in ${location}`, next: '' },
      found: { settings, location, subscriptionId: values['azure-native:subscriptionId'] },
    };
  } catch (error) {
    const given = error instanceof ConfigurationError ? error.problems.join('; ') : `${file} cannot be read: ${(error as Error).message.split('\n')[0] ?? ''}`;
    return { finding: { ...about, status: 'failed', given, next: `mend ${file}` } };
  }
}

/** Configuration as the engine hands it to the program. Encrypted values are left out: they can be judged only where they are decrypted. */
function asText(config: Readonly<Record<string, unknown>>): Record<string, string> {
  const isEncrypted = (value: unknown) => typeof value === 'object' && value !== null && 'secure' in value;
  return Object.fromEntries(
    Object.entries(config)
      .filter(([, value]) => !isEncrypted(value))
      .map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}

import { RunError, getStack } from '@pulumi/pulumi';
import { allConfig } from '@pulumi/pulumi/runtime/config.js';
import { z } from 'zod';
import { ConfigurationError, readSettings, type Settings } from './config.ts';

/** The language host names the encrypted keys here. */
const SECRET_KEYS_VARIABLE = 'PULUMI_CONFIG_SECRET_KEYS';

/**
 * The settings of the stack that Pulumi runs.
 * @throws RunError, which Pulumi prints without a stack trace, when the configuration is refused
 */
export function settingsOfStack(): Settings {
  const encrypted = new Set(z.array(z.string()).parse(JSON.parse(process.env[SECRET_KEYS_VARIABLE] ?? '[]')));
  try {
    return readSettings(getStack(), allConfig(), (key) => encrypted.has(key));
  } catch (error) {
    if (error instanceof ConfigurationError) throw new RunError(error.message);
    throw error;
  }
}

import { notSupportedLocally } from '../../core/errors.ts';

/** A program and its arguments. */
export interface StartCommand {
  readonly file: string;
  readonly arguments: readonly string[];
}

const SIMPLE_WORDS = /^[\w./:=@+,\s-]+$/;

/**
 * The start command of a worker. Simple words run without a shell, so that a signal reaches the program itself.
 * Source: learn.microsoft.com, "Configure a Node.js app", section "Run a custom command".
 * @param appCommandLine siteConfig.appCommandLine
 * @throws AzureError NotSupportedByLocalAzure for an empty one: the start by PM2 or by detection of files is not imitated
 */
export function readStartCommand(appCommandLine: string): StartCommand {
  const text = appCommandLine.trim();
  if (text === '') throw notSupportedLocally('Starting an app without siteConfig.appCommandLine (PM2 or "npm start" found by the platform)');
  if (!SIMPLE_WORDS.test(text)) return { file: '/bin/sh', arguments: ['-c', text] };
  const [file, ...words] = text.split(/\s+/) as [string, ...string[]];
  return { file, arguments: words };
}

/**
 * Holds siteConfig.linuxFxVersion against the one stack that runs here: Node of this very process's version.
 * @throws AzureError NotSupportedByLocalAzure for any other stack or version
 */
export function judgeStack(linuxFxVersion: string, nodeVersion: string = process.versions.node): void {
  const major = nodeVersion.split('.')[0] ?? '';
  const given = /^NODE\|(\d+)(-lts|\.[\w.]+)?$/i.exec(linuxFxVersion);
  if (given?.[1] === major) return;
  throw notSupportedLocally(`The stack "${linuxFxVersion}" (siteConfig.linuxFxVersion; "NODE|${major}-lts" is what runs here)`);
}

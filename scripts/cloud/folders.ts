import { fileURLToPath } from 'node:url';
import { join, resolve } from 'node:path';

/** The root of this checkout. */
export const projectDir = fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '');

/** Where a local run keeps everything; nothing outside it changes. */
export interface LocalFolders {
  readonly root: string;
  /** State of the local Azure. */
  readonly azure: string;
  /** Pulumi's file backend. */
  readonly backend: string;
  readonly pulumiHome: string;
  readonly passphraseFile: string;
  /** Copies of the stack settings, to which the engine may write. */
  readonly stackConfigs: string;
  /** Certificates to trust: the public ones and the local authority. */
  readonly trustBundle: string;
  readonly daemonLog: string;
}

/**
 * The folders of a local run.
 * @param env MCP_LOCAL_DIR names another root than `.local` in the checkout
 */
export function localFolders(env: NodeJS.ProcessEnv): LocalFolders {
  const root = resolve(env['MCP_LOCAL_DIR'] ?? join(projectDir, '.local'));
  return {
    root,
    azure: join(root, 'azure'),
    backend: join(root, 'pulumi-state'),
    pulumiHome: join(root, 'pulumi-home'),
    passphraseFile: join(root, 'passphrase'),
    stackConfigs: join(root, 'stacks'),
    trustBundle: join(root, 'trust.pem'),
    daemonLog: join(root, 'azure.log'),
  };
}

import { fileURLToPath } from 'node:url';
import type { Environment } from './findOnPath.ts';
import { runProgram } from './runProgram.ts';
import { WayFailed } from './toolchainError.ts';

const downloadTimeoutMs = 3 * 60_000;

/** The environment variable that leaves the vendor's download out: set to 1 where only registries of packages may be reached. */
export const offlineVariable = 'MCP_TOOLCHAIN_OFFLINE';

/**
 * Installs the vendor's Pulumi CLI into `folder`/bin. Works in a process of its own, because the installer of the Automation API
 * knows no time limit: this one ends after 5 s when the vendor does not answer, and after 3 min in any case.
 * @throws WayFailed with the reason; the caller goes on with the next way
 */
export async function vendorDownload(folder: string, env: Environment): Promise<void> {
  const installer = fileURLToPath(new URL('./installVendorCli.ts', import.meta.url));
  const result = await runProgram(process.execPath, [installer, folder], {
    // Node honours HTTP_PROXY and HTTPS_PROXY only when it is asked to.
    env: { ...env, NODE_USE_ENV_PROXY: '1' },
    timeoutMs: downloadTimeoutMs,
  });
  if (result.exitCode !== 0) {
    const reason = result.problem || result.errorTail.at(-1) || `exit code ${result.exitCode}`;
    throw new WayFailed('TOOLCHAIN_BUILD_FAILED', reason, '');
  }
}

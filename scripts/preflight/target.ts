import type { Environment } from '../toolchain/findOnPath.ts';

/** What the checks are made for. */
export interface Target {
  readonly stack: string;
  readonly env: Environment;
  /** The local Azure: it has no subscription, quota or directory rights to look at. */
  readonly isLocal: boolean;
}

/** Whether the environment points at an Azure on this machine, as "npm run env" makes it. */
export function isLocalAzure(env: Environment): boolean {
  return [env['AZURE_AUTHORITY_HOST'], env['AZURE_RESOURCE_MANAGER_ENDPOINT']].some((url) => {
    if (url === undefined || !URL.canParse(url)) return false;
    return ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname);
  });
}

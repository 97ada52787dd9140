import { WebSiteManagementClient } from '@azure/arm-appservice';
import type { ReleaseTarget } from '../target.ts';
import { armRetries } from './retry.ts';

/**
 * The vendor's client of App Service, with the retries of a release in place of its own.
 * @param onWait told when ARM asks for patience
 */
export function openWebSites({ credential, subscriptionId, armUrl }: Pick<ReleaseTarget, 'credential' | 'subscriptionId' | 'armUrl'>, onWait: (text: string) => void): WebSiteManagementClient {
  const client = new WebSiteManagementClient(credential, subscriptionId, { endpoint: armUrl, retryOptions: { maxRetries: 0 } });
  client.pipeline.addPolicy(armRetries({ onWait }), { phase: 'Retry' });
  return client;
}

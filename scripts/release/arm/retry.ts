import { retryPolicy, type PipelinePolicy } from '@azure/core-rest-pipeline';

const MAX_RETRIES = 6;
const FIRST_DELAY_MS = 1_000;
const MAX_DELAY_MS = 60_000;

/** Whether a request may be sent again after an answer. Asked with method and path. */
export interface RetryRule {
  /** Tells what is waited for, such as "Azure Resource Manager answered 429, next try in 5 s". */
  readonly onWait: (text: string) => void;
  /** First delay of those that double; ARM's own `retry-after` goes before it. Milliseconds. */
  readonly firstDelayMs?: number;
}

/**
 * Sends requests to ARM again after 429, 408, 5xx and connections that break, as ARM says or with delays that double, and at most six times. A swap is sent again only when it was
 * not taken (429): after anything else it may be under way, and whoever asked for it looks before asking again.
 * Source: learn.microsoft.com, "Understand how Azure Resource Manager throttles requests"; Azure SDK for JavaScript, `retryPolicy` of core-rest-pipeline.
 */
export function armRetries({ onWait, firstDelayMs = FIRST_DELAY_MS }: RetryRule): PipelinePolicy {
  const isSwap = (url: string): boolean => new URL(url).pathname.endsWith('/slotsswap');
  return retryPolicy([{
    name: 'reported',
    retry({ retryCount, response, responseError }) {
      const status = response?.status;
      const request = response?.request ?? responseError?.request;
      const isTransient = status === undefined ? isBrokenConnection(responseError) : status === 429 || status === 408 || status >= 500 && status !== 501;
      if (!isTransient || retryCount >= MAX_RETRIES) return { skipStrategy: true };
      if (request && isSwap(request.url) && status !== 429) return { skipStrategy: true };
      const retryAfterInMs = retryAfterMs(response?.headers.get('retry-after')) ?? Math.min(MAX_DELAY_MS, firstDelayMs * 2 ** retryCount);
      onWait(`Azure Resource Manager ${status === undefined ? `did not answer (${responseError?.code})` : `answered ${status}`}, next try in ${Math.ceil(retryAfterInMs / 1_000)} s`);
      return { retryAfterInMs };
    },
  }], { maxRetries: MAX_RETRIES });
}

const BROKEN: readonly (string | undefined)[] = ['ETIMEDOUT', 'ESOCKETTIMEDOUT', 'ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'ENOTFOUND', 'EPIPE', 'EAI_AGAIN', 'REQUEST_SEND_ERROR'];

function isBrokenConnection(error: { readonly code?: string | undefined } | undefined): boolean {
  return BROKEN.includes(error?.code);
}

/** Seconds or a date. Source: RFC 9110, section 10.2.3. */
function retryAfterMs(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.min(MAX_DELAY_MS, Math.max(0, ms));
}

import { EgressError } from './errors.ts';

/** No connection within the time for it. */
export class ConnectTimeoutError extends Error {
  constructor(timeoutMs: number) {
    super(`No connection within ${timeoutMs} ms.`);
    this.name = 'ConnectTimeoutError';
  }
}

/** Codes of certificates that are not accepted, besides those that begin with CERT_ or ERR_TLS_. Source: nodejs.org, TLS, "X509 certificate error codes". */
const CERTIFICATE_CODE = /^(CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_CA|HOSTNAME_MISMATCH)/;
const RESOLVER_CODE = /^(ENOTFOUND|EAI_|ENODATA)/;
const HTTP_CODE = /^HPE_/;
const DECODER_CODE = /^(Z_|ERR__ERROR_FORMAT|ERR_BROTLI|ERR_PADDING)/;

/** Why a host gives no answer, for the caller; what has happened exactly is the cause. */
export function unreachable(tool: string, host: string, error: unknown): EgressError {
  return new EgressError('MCP_EGRESS_UNREACHABLE', `Tool ${tool} has no answer from "${host}": ${reasonOf(error)}. Try again later; the operators can see the cause.`, error);
}

function reasonOf(error: unknown): string {
  if (error instanceof ConnectTimeoutError) return 'no connection could be made in time';
  const code = String((error as { code?: unknown } | null)?.code ?? '');
  if (RESOLVER_CODE.test(code)) return 'its name cannot be resolved here';
  if (CERTIFICATE_CODE.test(code)) return 'its certificate is not accepted';
  if (HTTP_CODE.test(code)) return 'it does not answer as HTTP demands';
  if (DECODER_CODE.test(code)) return 'its answer is not compressed as it says';
  return 'the connection failed or broke off';
}

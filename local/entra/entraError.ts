import { randomUUID } from 'node:crypto';

/**
 * A refusal as the Microsoft identity platform words it.
 * Source: learn.microsoft.com, "Microsoft Entra authentication and authorization error codes".
 */
export class EntraError extends Error {
  readonly status: number;
  /** OAuth's error: `invalid_client`, `invalid_grant`, … */
  readonly error: string;
  /** The number after AADSTS; undefined where the local Azure refuses what Entra would do. */
  readonly aadsts: number | undefined;

  constructor(status: number, error: string, aadsts: number | undefined, message: string) {
    super(aadsts === undefined ? message : `AADSTS${aadsts}: ${message}`);
    this.name = 'EntraError';
    this.status = status;
    this.error = error;
    this.aadsts = aadsts;
  }
}

/** What Entra can do and the local one cannot, refused with its name. */
export function notOfferedLocally(what: string): EntraError {
  return new EntraError(501, 'invalid_request', undefined, `NotSupportedByLocalAzure: ${what} is not part of the local Azure. Use a subscription for it, or leave it out of the local run.`);
}

export interface EntraErrorBody {
  error: string;
  error_description: string;
  error_codes: number[];
  timestamp: string;
  trace_id: string;
  correlation_id: string;
}

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** @param correlationId the client's own id of the request, used when it is a GUID */
export function toEntraErrorBody(refusal: EntraError, now: Date, correlationId: string | undefined): EntraErrorBody {
  const timestamp = now.toISOString().replace('T', ' ').replace(/\.\d+Z$/, 'Z');
  const traceId = randomUUID();
  const correlation = correlationId !== undefined && GUID.test(correlationId) ? correlationId : randomUUID();
  return {
    error: refusal.error,
    error_description: `${refusal.message} Trace ID: ${traceId} Correlation ID: ${correlation} Timestamp: ${timestamp}`,
    error_codes: refusal.aadsts === undefined ? [] : [refusal.aadsts],
    timestamp,
    trace_id: traceId,
    correlation_id: correlation,
  };
}

import { randomUUID } from 'node:crypto';
import { AzureError } from '../core/errors.ts';

/** Source: learn.microsoft.com, "Microsoft Graph error responses and resource types". */
export interface GraphErrorBody {
  error: {
    code: string;
    message: string;
    details?: readonly { code: string; message: string; target?: string }[];
    innerError: { date: string; 'request-id': string; 'client-request-id': string };
  };
}

export function toGraphErrorBody(refusal: AzureError, now: Date, ids: { requestId: string; clientRequestId: string | undefined }): GraphErrorBody {
  return {
    error: {
      // Graph has one code for every fault of a token.
      code: refusal.status === 401 ? 'InvalidAuthenticationToken' : refusal.code,
      message: refusal.message,
      ...(refusal.details.length > 0 ? { details: refusal.details } : {}),
      innerError: {
        date: now.toISOString().slice(0, 19),
        'request-id': ids.requestId,
        'client-request-id': ids.clientRequestId ?? ids.requestId,
      },
    },
  };
}

export const newRequestId = (): string => randomUUID();

export function badRequest(message: string, target?: string): AzureError {
  return new AzureError(400, 'Request_BadRequest', message, target === undefined ? {} : { details: [{ code: 'Request_BadRequest', message, target }] });
}

export function resourceNotFound(id: string): AzureError {
  return new AzureError(404, 'Request_ResourceNotFound', `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`);
}

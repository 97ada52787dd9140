/**
 * A refusal as Azure words it: an HTTP status, a stable code and a message.
 * Services throw it, each service's edge turns it into its own error shape.
 */
export class AzureError extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly details: readonly AzureErrorDetail[];

  /**
   * @param status HTTP status, 400 to 599
   * @param code stable code in PascalCase, Azure's own where Azure has one
   * @param message what was given, what is allowed, what to do next; never a secret
   */
  constructor(
    status: number,
    code: string,
    message: string,
    more: { headers?: Record<string, string>; details?: readonly AzureErrorDetail[] } = {},
  ) {
    super(message);
    this.name = 'AzureError';
    this.status = status;
    this.code = code;
    this.headers = more.headers ?? {};
    this.details = more.details ?? [];
  }
}

export interface AzureErrorDetail {
  readonly code: string;
  readonly message: string;
  readonly target?: string;
}

/** The body of an error answer of Azure Resource Manager and of most Azure data planes. */
export interface AzureErrorBody {
  error: { code: string; message: string; details?: readonly AzureErrorDetail[] };
}

/**
 * The error body of Azure Resource Manager.
 * Source: learn.microsoft.com, "Azure REST API guidelines", ErrorResponse.
 */
export function toErrorBody(error: AzureError): AzureErrorBody {
  return {
    error: {
      code: error.code,
      message: error.message,
      ...(error.details.length > 0 ? { details: error.details } : {}),
    },
  };
}

/** The refusal of something the local Azure does not do, with its name. */
export function notSupportedLocally(what: string): AzureError {
  return new AzureError(
    501,
    'NotSupportedByLocalAzure',
    `${what} is not part of the local Azure. Use a subscription for it, or leave it out of the local run.`,
  );
}

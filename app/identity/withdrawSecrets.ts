/** What stands in place of the secret: the SDK takes a process without IDENTITY_HEADER for a virtual machine. */
const PLACEHOLDER = 'held-by-the-server';

/** Secrets that are read once. App settings stand in the environment a second time, under APPSETTING_; MSI_SECRET is an older name of the header. */
const READ_ONCE = ['MCP_REQUEST_STATE_KEY', 'APPSETTING_MCP_REQUEST_STATE_KEY', 'MSI_SECRET'];

/** What the identity endpoint of App Service wants. */
export interface IdentitySecret {
  readonly endpoint: string;
  readonly header: string;
}

let withdrawn: IdentitySecret | undefined;

/**
 * Takes secrets out of the environment once the configuration is read, so that no code of a tool meets them there. The identity header, without which
 * the identity endpoint answers nothing, is kept for the server's own requests.
 * Source: learn.microsoft.com, "How to use managed identities for App Service and Azure Functions", REST endpoint reference.
 */
export function withdrawSecrets(environment: NodeJS.ProcessEnv): void {
  for (const name of READ_ONCE) delete environment[name];
  const { IDENTITY_ENDPOINT: endpoint, IDENTITY_HEADER: header } = environment;
  if (endpoint === undefined || header === undefined || header === PLACEHOLDER) return;
  withdrawn = { endpoint, header };
  environment['IDENTITY_HEADER'] = PLACEHOLDER;
}

/** What was withdrawn; undefined outside of App Service. */
export function withdrawnIdentitySecret(): IdentitySecret | undefined {
  return withdrawn;
}

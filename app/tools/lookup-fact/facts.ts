import { ToolError } from '../toolError.ts';

export interface Fact {
  readonly fact: string;
  readonly source: string;
  /** Where the source can be read. */
  readonly url: string;
}

/** The fact base, by topic. Topics are lower-case; a Map, so that no topic can meet a name of Object.prototype. */
export const facts: ReadonlyMap<string, Fact> = new Map([
  ['affinity', {
    fact: 'With client affinity on, App Service sets an ARRAffinity cookie that pins a client to one instance. A stateless server turns it off, so that calls spread over all instances.',
    source: 'learn.microsoft.com, "Configure an App Service app", General settings',
    url: 'https://learn.microsoft.com/azure/app-service/configure-common',
  }],
  ['health check', {
    fact: 'App Service calls the health check path of each instance every minute. An instance that fails ten times in a row is taken out of rotation, and replaced after an hour.',
    source: 'learn.microsoft.com, "Monitor App Service instances by using Health check"',
    url: 'https://learn.microsoft.com/azure/app-service/monitor-instances-health-check',
  }],
  ['key vault reference', {
    fact: 'An app setting of the form @Microsoft.KeyVault(SecretUri=…) is replaced by the secret\'s value. When it cannot be resolved, the app sees the reference itself as the value.',
    source: 'learn.microsoft.com, "Use Key Vault references as app settings"',
    url: 'https://learn.microsoft.com/azure/app-service/app-service-key-vault-references',
  }],
  ['idle timeout', {
    fact: 'The front end of App Service ends a request that stays idle for about 230 seconds. A longer answer has to stream something in between.',
    source: 'learn.microsoft.com, "App Service FAQ: why does my request time out after 230 seconds"',
    url: 'https://learn.microsoft.com/troubleshoot/azure/app-service/web-apps-performance-faqs',
  }],
  ['managed identity', {
    fact: 'A user-assigned managed identity is a resource of its own: its role assignments exist before the app does, and outlive it.',
    source: 'learn.microsoft.com, "Managed identities for Azure resources"',
    url: 'https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/overview',
  }],
  ['protected resource metadata', {
    fact: 'An MCP server that needs a token answers 401 with the URL of its protected resource metadata, which names the authorization server.',
    source: 'RFC 9728, OAuth 2.0 Protected Resource Metadata',
    url: 'https://www.rfc-editor.org/rfc/rfc9728',
  }],
  ['run from package', {
    fact: 'With WEBSITE_RUN_FROM_PACKAGE set to a URL, the zip at that URL is mounted read-only as the app\'s folder. A zip that carries its digest as its name is never changed in place.',
    source: 'learn.microsoft.com, "Run your app in Azure App Service directly from a ZIP package"',
    url: 'https://learn.microsoft.com/azure/app-service/deploy-run-package',
  }],
  ['slot setting', {
    fact: 'A setting marked as a slot setting stays with its slot when two slots are swapped; all others travel with the app.',
    source: 'learn.microsoft.com, "Set up staging environments in Azure App Service"',
    url: 'https://learn.microsoft.com/azure/app-service/deploy-staging-slots',
  }],
  ['stateless', {
    fact: 'Since protocol version 2026-07-28 each MCP request stands alone: no session, no handshake. Any instance can serve any request.',
    source: 'Model Context Protocol specification 2026-07-28, basic/transports',
    url: 'https://modelcontextprotocol.io/specification/2026-07-28/basic/transports',
  }],
]);

/**
 * Finds a fact by its topic in any letter case, with spaces, underscores or dashes.
 * @throws ToolError for an unknown topic, with the list of topics
 */
export function findFact(written: string): Fact & { readonly topic: string } {
  const topic = written.trim().toLowerCase().replaceAll(/[\s_-]+/g, ' ');
  const found = facts.get(topic);
  if (!found) throw new ToolError(`No fact is known about ${JSON.stringify(written)}. Known topics: ${[...facts.keys()].join(', ')}.`);
  return { topic, ...found };
}

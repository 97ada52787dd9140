import type { CacheHint, Implementation, ServerCapabilities } from '@modelcontextprotocol/server';
import type { Instance } from '../tools/toolContext.ts';
import type { Offer } from './methods.ts';

/** What the server says of itself. */
export function serverInfoOf(instance: Instance): Implementation {
  return { name: 'mcp-server', title: 'MCP server on Azure App Service', version: instance.version };
}

/** What the server can do. No list is announced to change: they are fixed per process, so that a subscription would never tell anything. */
export function capabilitiesOf({ tools, resources, prompts }: Offer): ServerCapabilities {
  const streams = tools.some((tool) => tool.interaction === 'streaming');
  const completes = resources.some((resource) => resource.complete) || prompts.some((prompt) => Object.keys(prompt.complete).length > 0);
  return {
    tools: {},
    ...(resources.length > 0 ? { resources: {} } : {}),
    ...(prompts.length > 0 ? { prompts: {} } : {}),
    ...(completes ? { completions: {} } : {}),
    ...(streams ? { logging: {} } : {}),
  };
}

/** How long a client may keep lists, resources and the discovery answer. Private, because a later version may answer by caller. */
export const CACHE_HINT: CacheHint = { ttlMs: 60_000, cacheScope: 'private' };

/** The methods whose results carry the hint. Source: Model Context Protocol 2026-07-28, server/utilities/caching. */
export const CACHEABLE_METHODS = ['server/discover', 'tools/list', 'resources/list', 'resources/templates/list', 'resources/read', 'prompts/list'] as const;

import type { FastifyRequest } from 'fastify';
import { decideToolAccess } from '../access/decideToolAccess.ts';
import { AppError } from '../errors.ts';
import type { Tool } from '../tools/index.ts';
import { qualifiedScope, resourceMetadataUrl } from './resourceMetadata.ts';

/**
 * Makes the hook that decides about a tool call before the protocol handler sees it, so that a refusal is an HTTP 403 and no JSON-RPC
 * answer. It reads the body: headers that name another tool are refused later, and never decide.
 */
export function createToolAuthorization(tools: readonly Tool[]): (request: FastifyRequest) => Promise<void> {
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  return async (request) => {
    const tool = byName.get(toolNameOf(request.body) ?? '');
    if (!tool) return; // Not a tool call, or an unknown tool, which the protocol handler refuses.
    if (!request.principal) throw new AppError('MCP_INTERNAL', { cause: new Error('a tool call reached authorization without a principal') });
    const decision = decideToolAccess(request.principal, tool.access);
    if (decision.allowed) return;
    request.log.info({ tool: tool.name, oid: request.principal.oid, azp: request.principal.azp, code: decision.code }, 'tool call refused');
    if (decision.code === 'MCP_ROLE_MISSING') {
      throw new AppError('MCP_ROLE_MISSING', { detail: `Tool "${tool.name}" needs the app role ${tool.access.role}.` });
    }
    const scopes = decision.scopes.map((scope) => qualifiedScope(request, scope)).join(' ');
    throw new AppError('MCP_SCOPE_MISSING', {
      detail: `Tool "${tool.name}" needs the scope ${scopes}.`,
      headers: { 'www-authenticate': `Bearer error="insufficient_scope", scope="${scopes}", resource_metadata="${resourceMetadataUrl(request)}"` },
    });
  };
}

function toolNameOf(body: unknown): string | undefined {
  if (!isRecord(body) || body['method'] !== 'tools/call' || !isRecord(body['params'])) return undefined;
  const { name } = body['params'];
  return typeof name === 'string' ? name : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

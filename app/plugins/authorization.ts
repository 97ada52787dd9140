import type { FastifyRequest, preHandlerHookHandler } from 'fastify';
import { decideAccess, type AccessTarget } from '../access/decideAccess.ts';
import type { DenyList, DenyRule } from '../access/denyList.ts';
import { AppError } from '../errors.ts';
import type { Offer } from '../mcp/methods.ts';
import { qualifiedScope, resourceMetadataUrl } from './resourceMetadata.ts';

/** What a request wants to use. */
interface Wanted {
  /** For messages, such as `Tool "whoami"`. */
  readonly label: string;
  /** Undefined for a tool that there is not. */
  readonly target: AccessTarget | undefined;
  /** Name of the tool, for a call of one that there is. */
  readonly tool?: string;
}

const UNKNOWN_TOOL: Wanted = { label: 'An unknown tool', target: undefined };

/**
 * Makes the hook that decides about a tool call, and about reading a resource or prompt, before the protocol handler sees it, so that a
 * refusal is an HTTP 403 and no JSON-RPC answer. It reads the body: headers that name another tool are refused later, and never decide.
 * What is unknown or retired passes on: the protocol has its own answer for the one, and a model reads the other.
 * @param today YYYY-MM-DD, in UTC
 */
export function createAuthorization(offer: Offer, denyList: DenyList, today: () => string): preHandlerHookHandler {
  const wantedOf = createWantedOf(offer);
  return (request, _reply, done) => {
    const wanted = wantedOf(request.body);
    const rule = request.principal && denyList.ruleAgainst(request.principal, wanted?.tool);
    if (rule) return done(denied(request, rule));
    // What needs no access, and resources and prompts that do not exist, which the protocol handler refuses.
    if (!wanted) return done();
    if (!request.principal) return done(new AppError('MCP_INTERNAL', { cause: new Error('a call reached authorization without a principal') }));
    const decision = decideAccess(request.principal, wanted.target, today);
    if (decision.allowed || decision.code === 'MCP_TOOL_RETIRED' || decision.code === 'MCP_TOOL_UNKNOWN') {
      request.accessDecision = decision;
      return done();
    }
    request.log.info({ wanted: wanted.label, oid: request.principal.oid, azp: request.principal.azp, code: decision.code }, 'call refused');
    done(decision.code === 'MCP_ROLE_MISSING' ? roleMissing(wanted) : scopeMissing(request, wanted, decision.scopes));
  };
}

/** The reason stays with the operators; the rule's id is what a caller can ask them about. */
function denied(request: FastifyRequest, { id, kind }: DenyRule): AppError {
  request.log.info({ rule: id, kind, oid: request.principal?.oid, azp: request.principal?.azp }, 'call denied');
  return new AppError('MCP_DENIED', { detail: `Rule ${id} stands against this ${kind === 'principal' ? 'caller' : kind}.` });
}

function roleMissing({ label, target }: Wanted): AppError {
  return new AppError('MCP_ROLE_MISSING', { detail: `${label} needs the app role ${target?.access.role}.` });
}

function scopeMissing(request: FastifyRequest, { label }: Wanted, needed: readonly string[]): AppError {
  const scopes = needed.map((scope) => qualifiedScope(request, scope)).join(' ');
  return new AppError('MCP_SCOPE_MISSING', {
    detail: `${label} needs the scope ${scopes}.`,
    headers: { 'www-authenticate': `Bearer error="insufficient_scope", scope="${scopes}", resource_metadata="${resourceMetadataUrl(request)}"` },
  });
}

function createWantedOf({ tools, prompts, resources }: Offer): (body: unknown) => Wanted | undefined {
  const toolsByName = new Map(tools.map(({ name, access, lifecycle }) => [name, { label: `Tool "${name}"`, target: { access, lifecycle }, tool: name }]));
  const promptsByName = new Map(prompts.map(({ name, access }) => [name, { label: `Prompt "${name}"`, target: { access } }]));
  const resourcesByTemplate = new Map(resources.map(({ uri, access }) => [uri, { label: `Resource "${uri}"`, target: { access } }]));
  return (body) => {
    if (!isRecord(body) || !isRecord(body['params'])) return undefined;
    const { name, uri, ref } = body['params'];
    switch (body['method']) {
      case 'tools/call':
        return typeof name === 'string' ? toolsByName.get(name) ?? UNKNOWN_TOOL : undefined;
      case 'prompts/get':
        return named(promptsByName, name);
      // A subscription, of 2025-11-25, tells that a resource exists.
      case 'resources/read':
      case 'resources/subscribe':
      case 'resources/unsubscribe': {
        const resource = typeof uri === 'string' ? resources.find((candidate) => candidate.match(uri)) : undefined;
        return resource && resourcesByTemplate.get(resource.uri);
      }
      case 'completion/complete':
        // Completions tell what exists, as a read does.
        if (!isRecord(ref)) return undefined;
        return ref['type'] === 'ref/prompt' ? named(promptsByName, ref['name']) : named(resourcesByTemplate, ref['uri']);
      default:
        return undefined;
    }
  };
}

/** No value is turned into text here: an object from outside may bring a `toString` of its own, which throws. */
function named(wanted: ReadonlyMap<string, Wanted>, name: unknown): Wanted | undefined {
  return typeof name === 'string' ? wanted.get(name) : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

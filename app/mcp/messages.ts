import {
  CLIENT_CAPABILITIES_META_KEY, CLIENT_INFO_META_KEY, JSONRPC_VERSION, LOG_LEVEL_META_KEY, PROTOCOL_VERSION_META_KEY, specTypeSchemas,
} from '@modelcontextprotocol/server';
import { Ajv2020, type AnySchemaObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { z } from 'zod';

/** A JSON-RPC request as far as the fast path reads it. */
export interface RequestMessage {
  readonly id: string | number;
  readonly method: string;
  readonly params?: Readonly<Record<string, unknown>> & { readonly _meta?: Readonly<Record<string, unknown>> };
}

/** The methods that JSON can answer, with the SDK's schema of their requests. */
const REQUEST_SCHEMAS = {
  'server/discover': 'DiscoverRequest',
  initialize: 'InitializeRequest',
  ping: 'PingRequest',
  'tools/list': 'ListToolsRequest',
  'tools/call': 'CallToolRequest',
  'resources/list': 'ListResourcesRequest',
  'resources/templates/list': 'ListResourceTemplatesRequest',
  'resources/read': 'ReadResourceRequest',
  'prompts/list': 'ListPromptsRequest',
  'prompts/get': 'GetPromptRequest',
  'completion/complete': 'CompleteRequest',
} as const;

export type JsonMethod = keyof typeof REQUEST_SCHEMAS;
export type Era = 'modern' | 'legacy';

/** `initialize` and `ping` ended with the handshake, and discovery began then. */
const ONLY_IN: Partial<Record<JsonMethod, Era>> = { 'server/discover': 'modern', initialize: 'legacy', ping: 'legacy' };

/** Parameters that make a call one round of several, or a task: not for the fast path. */
const NOT_PLAIN = ['inputResponses', 'requestState', 'task'];

export interface MessageChecks {
  /** Whether the body is a well-formed request of that method in that era; false says nothing about why. */
  isRequest(era: Era, method: JsonMethod, body: unknown): boolean;
  isNotification(era: Era, body: unknown): boolean;
}

/**
 * Compiles the checks of envelope and parameters from the SDK's own schemas, each at its first use.
 * They accept a subset of what the SDK accepts: whatever they do not recognise, the SDK answers.
 * @param modernVersion the protocol version that the envelope has to name
 */
export function createMessageChecks(modernVersion: string): MessageChecks {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, inlineRefs: false });
  const added = new Set<string>();
  const compiled = new Map<string, ValidateFunction>();
  const ref = (name: keyof typeof specTypeSchemas): AnySchemaObject => {
    if (!added.has(name)) {
      added.add(name);
      ajv.addSchema(jsonSchemaOf(name), `sdk:${name}`);
    }
    return { $ref: `sdk:${name}` };
  };
  const envelope = (): AnySchemaObject => ({
    allOf: [ref('RequestMeta'), {
      type: 'object',
      required: [PROTOCOL_VERSION_META_KEY, CLIENT_CAPABILITIES_META_KEY],
      properties: {
        [PROTOCOL_VERSION_META_KEY]: { const: modernVersion },
        [CLIENT_CAPABILITIES_META_KEY]: ref('ClientCapabilities'),
        [CLIENT_INFO_META_KEY]: ref('Implementation'),
        [LOG_LEVEL_META_KEY]: ref('LoggingLevel'),
      },
    }],
  });
  const noClaim: AnySchemaObject = { type: 'object', properties: { [PROTOCOL_VERSION_META_KEY]: false } };
  const message = (era: Era, base: AnySchemaObject[], needsMeta: boolean): AnySchemaObject => ({
    allOf: [...base, {
      type: 'object',
      required: era === 'modern' && needsMeta ? ['params'] : [],
      properties: {
        jsonrpc: { const: JSONRPC_VERSION },
        params: {
          type: 'object',
          required: era === 'modern' && needsMeta ? ['_meta'] : [],
          properties: { _meta: era === 'modern' ? envelope() : noClaim, ...Object.fromEntries(NOT_PLAIN.map((name) => [name, false])) },
        },
      },
    }],
  });
  const check = (key: string, schema: () => AnySchemaObject, body: unknown): boolean => {
    let validate = compiled.get(key);
    if (!validate) compiled.set(key, (validate = ajv.compile(schema())));
    return validate(body);
  };
  return {
    isRequest(era, method, body) {
      if ((ONLY_IN[method] ?? era) !== era) return false;
      return check(`${era} ${method}`, () => message(era, [ref('JSONRPCRequest'), ref(REQUEST_SCHEMAS[method])], true), body);
    },
    isNotification: (era, body) => check(`${era} notification`, () => message(era, [ref('JSONRPCNotification')], true), body),
  };
}

export function isJsonMethod(method: unknown): method is JsonMethod {
  return typeof method === 'string' && Object.hasOwn(REQUEST_SCHEMAS, method);
}

function jsonSchemaOf(name: keyof typeof specTypeSchemas): AnySchemaObject {
  // The SDK types its schemas as Standard Schema; they are of zod, which can write itself as JSON Schema.
  const { $schema: _dialect, ...schema } = z.toJSONSchema(specTypeSchemas[name] as unknown as z.ZodType, { io: 'input' });
  return schema;
}

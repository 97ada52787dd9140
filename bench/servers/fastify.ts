import { fastify } from 'fastify';
import { MCP_PATH } from '../requests.ts';
import { ASKED_TOPIC, lookUp, TRIVIAL_TOOL } from '../trivialTool.ts';
import { listenOnLoopback } from './listen.ts';

/**
 * The floor: Fastify alone, which parses the request and sends a text that was made beforehand, as long as the answer of the MCP server.
 * No server on Fastify can take less.
 */
const { topic, fact, source } = lookUp(ASKED_TOPIC);
const structuredContent = { topic, fact, source };
const callMeta = { 'mcp-app-service/callId': '00000000-0000-8000-8000-000000000000' };
const _meta = { 'io.modelcontextprotocol/serverInfo': { name: 'mcp-server', title: 'MCP server on Azure App Service', version: '1.0.0' } };
const schema = (properties: Record<string, object>) => ({ $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object', properties, required: Object.keys(properties), additionalProperties: false });
const answers: Readonly<Record<string, string>> = {
  'tools/call': JSON.stringify({
    result: { content: [{ type: 'text', text: JSON.stringify(structuredContent) }], structuredContent, resultType: 'complete', _meta: { ...callMeta, ..._meta } },
    jsonrpc: '2.0',
    id: 1,
  }),
  'tools/list': JSON.stringify({
    result: {
      tools: [{
        name: TRIVIAL_TOOL.name,
        title: TRIVIAL_TOOL.title,
        description: TRIVIAL_TOOL.description,
        inputSchema: schema({ topic: { type: 'string', minLength: 1, maxLength: 100, description: TRIVIAL_TOOL.topicDescription } }),
        outputSchema: schema({ topic: { type: 'string' }, fact: { type: 'string' }, source: { type: 'string', description: TRIVIAL_TOOL.sourceDescription } }),
        annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
      }],
      resultType: 'complete',
      ttlMs: 60_000,
      cacheScope: 'private',
      _meta,
    },
    jsonrpc: '2.0',
    id: 1,
  }),
};

const http = fastify();
http.post<{ Body: { method: string } }>(MCP_PATH, async (request, reply) => {
  reply.type('application/json');
  return answers[request.body.method];
});
await listenOnLoopback(http);

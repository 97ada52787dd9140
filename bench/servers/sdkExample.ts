import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { fastify } from 'fastify';
import { z } from 'zod';
import { MCP_PATH } from '../requests.ts';
import { lookUp, TRIVIAL_TOOL } from '../trivialTool.ts';
import { listenOnLoopback } from './listen.ts';

/** The official SDK as its documentation mounts it on a Node framework: a server for each request, tools and their schemas declared in the factory. */
const handler = toNodeHandler(createMcpHandler(() => {
  const server = new McpServer({ name: 'sdk-example', version: '1.0.0' });
  server.registerTool(
    TRIVIAL_TOOL.name,
    {
      title: TRIVIAL_TOOL.title,
      description: TRIVIAL_TOOL.description,
      inputSchema: z.object({ topic: z.string().min(1).max(100).describe(TRIVIAL_TOOL.topicDescription) }),
      outputSchema: z.object({ topic: z.string(), fact: z.string(), source: z.string().describe(TRIVIAL_TOOL.sourceDescription) }),
      annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    },
    ({ topic }) => {
      const structuredContent = { ...lookUp(topic) };
      return { content: [{ type: 'text', text: JSON.stringify(structuredContent) }], structuredContent };
    },
  );
  return server;
}));

const http = fastify();
http.all(MCP_PATH, (request, reply) => {
  reply.hijack();
  return handler(request.raw, reply.raw, request.body);
});
await listenOnLoopback(http);

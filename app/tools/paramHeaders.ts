import { z } from 'zod';

/** An argument that clients repeat in a header, so that what lies between can route by it. */
export interface ParamHeader {
  /** Where the argument is, from the arguments on. */
  readonly path: readonly string[];
  /** Name of the header, in lower case. */
  readonly header: string;
  readonly type: 'string' | 'number' | 'integer' | 'boolean';
}

const KEYWORD = 'x-mcp-header';
/** Source: RFC 9110, section 5.6.2, token. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/;

interface SchemaNode {
  readonly [KEYWORD]?: unknown;
  readonly type?: unknown;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
}

/**
 * The arguments that a tool declares with `x-mcp-header` in their schema (zod: `.meta({ 'x-mcp-header': 'Region' })`).
 * Source: Model Context Protocol 2026-07-28, basic/transports/streamable-http, "Custom headers from tool parameters".
 * @throws Error naming the argument that breaks a rule, and what is allowed
 */
export function paramHeadersOf(input: z.ZodObject): readonly ParamHeader[] {
  const found = [...walk(z.toJSONSchema(input, { io: 'input' }) as SchemaNode, [])];
  const names = new Set<string>();
  for (const { header, path } of found) {
    if (names.has(header)) throw new Error(`${path.join('.')}: ${KEYWORD} is taken by another argument; names are distinct in any letter case`);
    names.add(header);
  }
  return found;
}

function* walk(node: SchemaNode, path: readonly string[]): Generator<ParamHeader> {
  const name = node[KEYWORD];
  if (name !== undefined) {
    const where = path.join('.');
    if (typeof name !== 'string' || !TOKEN.test(name)) throw new Error(`${where}: ${KEYWORD} is ${JSON.stringify(name)}; allowed: 1 to 100 characters of a header name`);
    if (!isPrimitive(node.type)) throw new Error(`${where}: ${KEYWORD} stands on a value that is no string, number or boolean`);
    yield { path, header: `mcp-param-${name.toLowerCase()}`, type: node.type };
  }
  for (const [key, child] of Object.entries(node.properties ?? {})) yield* walk(child, [...path, key]);
}

function isPrimitive(type: unknown): type is ParamHeader['type'] {
  return type === 'string' || type === 'number' || type === 'integer' || type === 'boolean';
}

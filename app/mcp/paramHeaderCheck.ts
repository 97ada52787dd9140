import type { IncomingHttpHeaders } from 'node:http';
import { paramHeadersOf, type ParamHeader } from '../tools/paramHeaders.ts';
import type { Tool } from '../tools/index.ts';

/** JSON-RPC code HeaderMismatch, which the SDK does not export. Source: Model Context Protocol 2026-07-28, schema, HEADER_MISMATCH. */
export const HEADER_MISMATCH = -32_020;

/**
 * Makes the comparison of `Mcp-Param-…` headers with the arguments that they repeat. The SDK does it for its high-level server alone.
 * Source: Model Context Protocol 2026-07-28, basic/transports/streamable-http, "Custom headers from tool parameters".
 * @returns a function that answers what disagrees, undefined when nothing does
 */
export function createParamHeaderCheck(tools: readonly Tool[]): (toolName: string, args: unknown, headers: IncomingHttpHeaders) => string | undefined {
  const declared = new Map(tools.map((tool) => [tool.name, paramHeadersOf(tool.input)] as const).filter(([, found]) => found.length > 0));
  return (toolName, args, headers) => {
    for (const param of declared.get(toolName) ?? []) {
      const problem = disagreement(param, valueAt(args, param.path), headers[param.header]);
      if (problem !== undefined) return problem;
    }
    return undefined;
  };
}

function disagreement({ path, header, type }: ParamHeader, value: unknown, given: string | string[] | undefined): string | undefined {
  // Without a value there is nothing to repeat; what cannot be a header value is refused with the arguments.
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return undefined;
  if (typeof given !== 'string') return `the body carries ${path.join('.')} but the ${header} header is absent`;
  const decoded = decodeHeaderValue(given);
  if (decoded === undefined) return `the ${header} header carries an invalid Base64 sentinel value`;
  const equal = (type === 'number' || type === 'integer') && typeof value === 'number' ? DECIMAL.test(decoded) && Number(decoded) === value : decoded === String(value);
  return equal ? undefined : `the ${header} header and ${path.join('.')} of the body differ`;
}

const DECIMAL = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
const SENTINEL = /^=\?base64\?(.*)\?=$/;

/** @returns undefined for an encoded value that is not canonical Base64 of UTF-8 */
function decodeHeaderValue(value: string): string | undefined {
  const encoded = SENTINEL.exec(value)?.[1];
  if (encoded === undefined) return value;
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.toString('base64') !== encoded) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function valueAt(root: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((node, key) => (typeof node === 'object' && node !== null && Object.hasOwn(node, key) ? (node as Record<string, unknown>)[key] : undefined), root);
}

import { hash } from 'node:crypto';
import { z } from 'zod';
import type { Tool } from '../tools/index.ts';
import type { Principal } from '../tools/principal.ts';

/** Texts of JSON for what stands in many records: computed once for each principal and tool. */
const principals = new WeakMap<Principal, string>();
const definitions = new WeakMap<Tool, string>();

/** Members that say who called, and who delegated to whom. */
export function membersOfPrincipal(principal: Principal): string {
  let members = principals.get(principal);
  if (members === undefined) {
    const { kind, oid, azp } = principal;
    const delegation = kind === 'user' ? { person: oid, client: azp } : { agent: oid, client: azp };
    principals.set(principal, (members = `"principal":${JSON.stringify(recordOf(principal))},"delegation":${JSON.stringify(delegation)}`));
  }
  return members;
}

/** What of a principal stands in a record: ids, no names. */
export function recordOf({ kind, oid, tid, azp, idtyp, agent }: Principal): object {
  return { kind, oid, tid, azp, ...(idtyp === undefined ? {} : { idtyp }), ...(agent === undefined ? {} : { agent }) };
}

/** SHA-256 of what a tool declares to its callers and to us, in hex: a record tells which definition was called. */
export function digestOfDefinition(tool: Tool): string {
  let digest = definitions.get(tool);
  if (digest === undefined) {
    const { input: _input, output: _output, handler: _handler, ...declared } = tool;
    const schemas = { input: z.toJSONSchema(tool.input, { io: 'input' }), output: z.toJSONSchema(tool.output, { io: 'output' }) };
    definitions.set(tool, (digest = sha256(JSON.stringify({ ...declared, ...schemas }))));
  }
  return digest;
}

export function sha256(text: string): string {
  return hash('sha256', text);
}

/** `{ digest, bytes, value? }` of a JSON text. */
export function contentOf(text: string, value: string | undefined): string {
  return `{"digest":"${sha256(text)}","bytes":${Buffer.byteLength(text)}${value === undefined ? '' : `,"value":${value}`}}`;
}

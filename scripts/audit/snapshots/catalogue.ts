import { hash } from 'node:crypto';
import { z } from 'zod';
import type { Tool } from '../../../app/tools/index.ts';
import { UMBRELLA_ROLE } from '../../../app/tools/wellKnownAccess.ts';
import type { Snapshot } from './snapshot.ts';

/** What the declarations of the tools say about who may call them. */
export function catalogueOf(tools: readonly Tool[]): Snapshot['catalogue'] {
  return {
    umbrellaRole: UMBRELLA_ROLE,
    tools: tools.map((tool) => {
      const { name, access: { role, scope }, lifecycle: { stage, sunsetOn }, rules } = tool;
      return { name, role, scope, stage, ...(sunsetOn === undefined ? {} : { sunsetOn }), rules: rules.map(({ id }) => id).sort(), definition: digestOfDefinition(tool) };
    }),
  };
}

/** SHA-256 of a declaration, in hex, equal to the one that the server writes into the record: a call is tied by it to the catalogue of its day. */
export function digestOfDefinition({ input, output, handler: _handler, ...declared }: Tool): string {
  return hash('sha256', JSON.stringify({ ...declared, input: z.toJSONSchema(input, { io: 'input' }), output: z.toJSONSchema(output, { io: 'output' }) }));
}

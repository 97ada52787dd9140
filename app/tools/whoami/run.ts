import type { z } from 'zod';
import type { ToolContext } from '../toolContext.ts';
import type { input, output } from './tool.ts';

export function run(_args: z.output<typeof input>, { principal, instance }: ToolContext): z.input<typeof output> {
  const { kind, oid, tid, azp, idtyp, name } = principal;
  return {
    principal: {
      kind,
      oid,
      tid,
      azp,
      ...(idtyp === undefined ? {} : { idtyp }),
      ...(name === undefined ? {} : { name }),
      roles: [...principal.roles],
      scopes: [...principal.scopes],
    },
    instance: instance.id ?? 'none',
    slot: instance.slot,
    ...(instance.packageDigest === undefined ? {} : { packageDigest: instance.packageDigest }),
    version: instance.version,
  };
}

import type { CommandContext } from '../../commands/commandContext.ts';
import { formatTable } from '../../table.ts';
import { describeKeys, keyIdsOf, phaseOf } from '../keyRing.ts';
import type { Rotated } from '../rotate.ts';

/** Prints how it stands after a step. @returns the exit code */
export function tellRotated(context: CommandContext, { stored: { ring, version }, heldSeconds, instances }: Rotated, { json }: { readonly json?: boolean | undefined }, next: string): 0 {
  const keys = keyIdsOf(ring);
  context.stdout.write(json ? `${JSON.stringify({ phase: phaseOf(ring), keys, version, heldSeconds, processes: instances })}\n` : `${formatTable([
    ['Keys', describeKeys(keys)],
    ['Version', version],
    ['Processes', `${instances}, all of them with these keys for at least ${heldSeconds} s`],
    ['Next', next],
  ])}\n`);
  return 0;
}

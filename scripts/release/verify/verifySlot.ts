import { CommandError } from '../../commandError.ts';
import type { Verification } from '../gate.ts';
import type { ReleaseTarget, SlotName } from '../target.ts';

export interface VerifyRequest {
  readonly slot: SlotName;
  readonly acceptedChanges: readonly string[];
  readonly onStep: (text: string) => void;
}

/** Verifies what a slot serves. */
export async function verifySlot(_target: ReleaseTarget, _request: VerifyRequest): Promise<Verification> {
  throw new CommandError('RELEASE_VERB_MISSING', 'Verification is not part of this version.');
}

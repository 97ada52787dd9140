import { CommandError } from '../../commandError.ts';
import type { Run } from '../../actions.ts';

/** `npm run release -- status`. */
export const status: Run = async () => {
  throw new CommandError('RELEASE_VERB_MISSING', '"status" is not part of this version.', 2);
};

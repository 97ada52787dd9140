import { CommandError } from '../../commandError.ts';
import type { Run } from '../../actions.ts';

/** `npm run release -- verify`. */
export const verify: Run = async () => {
  throw new CommandError('RELEASE_VERB_MISSING', '"verify" is not part of this version.', 2);
};

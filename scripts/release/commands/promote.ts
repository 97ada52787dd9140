import type { Run } from '../../actions.ts';

export const promote: Run = async () => 1;

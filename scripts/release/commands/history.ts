import type { Run } from '../../actions.ts';

export const history: Run = async () => 1;

import type { Run } from '../../actions.ts';

export const deploy: Run = async () => 1;

import type { Run } from '../../actions.ts';

export const rollback: Run = async () => 1;

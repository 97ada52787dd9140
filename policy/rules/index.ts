import type { Rule } from '../rule.ts';
import { affinityOff } from './affinityOff.ts';

/** Every rule of the pack. */
export const rules: readonly Rule[] = [affinityOff];

import type { Rule } from '../rule.ts';
import { affinityOff } from './affinityOff.ts';
import { toolReviewed } from './toolReviewed.ts';

/** Every rule of the pack, as it judges on a day. @param today YYYY-MM-DD, in UTC */
export function rulesOn(today: string): readonly Rule[] {
  return [affinityOff, toolReviewed(today)];
}

import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { LocalContext } from '../../core/context.ts';
import { REPLACE_AFTER_MS, REPLACEMENTS_PER_DAY } from '../limits.ts';

/** The instances of plans: numbers with ids that stay until an instance is replaced. */
export interface PlanInstances {
  /** WEBSITE_INSTANCE_ID of instance `number` (from 1) of a plan: 64 hex digits, the same for all sites and slots on it. */
  idOf(planId: string, number: number): string;
  /**
   * Gives the instance another id, as a new machine has.
   * @returns false when the plan has had its replacements: one an hour, three a day
   */
  replace(planId: string, number: number): boolean;
  forget(planId: string): void;
}

const planSchema = z.object({ ids: z.array(z.string().regex(/^[0-9a-f]{64}$/)), replacedAt: z.array(z.iso.datetime()) });

export function createPlanInstances(context: Pick<LocalContext, 'documents' | 'now'>): PlanInstances {
  const plans = context.documents.collection('app-service-instances', planSchema);
  const read = (planId: string): z.infer<typeof planSchema> => plans.get(planId.toLowerCase()) ?? { ids: [], replacedAt: [] };
  const drawId = (): string => randomBytes(32).toString('hex');
  return {
    idOf(planId, number) {
      const plan = read(planId);
      const known = plan.ids[number - 1];
      if (known !== undefined) return known;
      while (plan.ids.length < number) plan.ids.push(drawId());
      plans.put(planId.toLowerCase(), plan);
      return plan.ids[number - 1] as string;
    },
    replace(planId, number) {
      const plan = read(planId);
      const now = context.now().getTime();
      const today = plan.replacedAt.filter((at) => now - Date.parse(at) < 24 * 3_600_000);
      if (today.length >= REPLACEMENTS_PER_DAY || today.some((at) => now - Date.parse(at) < REPLACE_AFTER_MS)) return false;
      plan.ids[number - 1] = drawId();
      plans.put(planId.toLowerCase(), { ids: plan.ids, replacedAt: [...today, context.now().toISOString()] });
      return true;
    },
    forget: (planId) => void plans.delete(planId.toLowerCase()),
  };
}

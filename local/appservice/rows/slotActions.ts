import { Accepted } from '../../arm/accepted.ts';
import type { JsonObject, Resource, ResourceBehaviour } from '../../arm/types.ts';
import type { Swaps } from '../swap/swaps.ts';

/**
 * The actions on slots, of a site (the production slot is the source then) and of a slot.
 * Source: learn.microsoft.com, REST API, "Web Apps - Swap Slot", "… - List Slot Differences Slot", "… - Apply Slot Configuration Slot",
 * "… - Reset Slot Configuration Slot", and the same of the production slot.
 * @param retryAfterSeconds what a client that polls is told to wait
 */
export function slotActions(swaps: Swaps, retryAfterSeconds: number, present: (resource: Resource) => Resource): Required<Pick<ResourceBehaviour, 'actions' | 'reads'>> {
  const follow = (resource: Resource, id: string): Accepted => new Accepted(`${resource.id}/operationresults/${id}`, retryAfterSeconds);
  return {
    actions: {
      slotsswap: (resource, body) => follow(resource, swaps.start(resource.id, body)),
      slotsdiffs: (resource, body) => ({
        value: swaps.listDifferences(resource.id, body).map((difference) => ({ name: difference.settingName, properties: { ...difference } as JsonObject })),
      }),
      applySlotConfig(resource, body) {
        swaps.applySlotConfig(resource.id, body);
        return undefined;
      },
      resetSlotConfig(resource) {
        swaps.resetSlotConfig(resource.id);
        return undefined;
      },
    },
    reads: {
      'operationresults/{operationId}': (resource, { operationId = '' }) => (swaps.isOver(resource.id, operationId) ? present(structuredClone(resource)) : follow(resource, operationId)),
    },
  };
}

import { z } from 'zod';
import type { Arm, JsonObject, Resource } from '../arm/types.ts';
import { AzureError, notSupportedLocally } from '../core/errors.ts';

export type Resources = Pick<Arm, 'get' | 'list'>;

export const NETWORK_API_VERSIONS = ['2024-05-01', '2024-03-01', '2024-07-01'] as const;
export const NETWORK_PROVIDER = '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Network';
export const VIRTUAL_NETWORKS = 'Microsoft.Network/virtualNetworks';
export const PRIVATE_ENDPOINTS = 'Microsoft.Network/privateEndpoints';
/** What stands beside `properties` in each object of a network resource that has an id of its own. */
export const CHILD_ENVELOPE = ['id', 'name', 'type', 'etag'] as const;

const referenceSchema = z.object({ id: z.string() });

/** The id in `{ id }`. @returns undefined where there is none */
export function referencedId(value: unknown): string | undefined {
  const parsed = referenceSchema.safeParse(value);
  return parsed.success ? parsed.data.id : undefined;
}

export function isSameId(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** Whether an id is another one, or below it. */
export function isWithin(id: string, above: string): boolean {
  return isSameId(id, above) || id.toLowerCase().startsWith(`${above.toLowerCase()}/`);
}

/**
 * A resource that another one names has to be there.
 * @throws AzureError InvalidResourceReference
 */
export function requireReferenced(resources: Resources, id: string, from: string): Resource {
  const found = resources.get(id);
  if (!found) throw new AzureError(400, 'InvalidResourceReference', `Resource ${id} referenced by resource ${from} was not found. Please make sure that the referenced resource exists, and that both resources are in the same region.`);
  return found;
}

/** Refuses by name what a resource says beyond what is served here; what says nothing passes. */
export function refuseBeyond(object: JsonObject, served: readonly string[], place: string): void {
  for (const [name, value] of Object.entries(object)) {
    if (!served.includes(name) && !saysNothing(value)) throw notSupportedLocally(`${place}.${name}`);
  }
}

function saysNothing(value: unknown): boolean {
  return value === null || value === false || value === '' || (typeof value === 'object' && Object.keys(value).length === 0);
}

/** Resources of a type that name an id, outside of what goes with it. */
export function refuseWhileNamed(users: readonly string[], removedId: string, code: string, what: string): void {
  const outside = users.filter((id) => !isWithin(id, removedId));
  if (outside.length > 0) throw new AzureError(400, code, `${what} cannot be deleted because it is in use by ${outside.join(', ')}. In order to delete it, delete or change those first.`);
}

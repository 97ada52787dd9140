import type { Resource } from './defineResource.ts';
import { factResources } from './facts/resource.ts';

export type { ListedResource, Resource } from './defineResource.ts';

/** Every family of resources of the server, in a fixed order. */
export const resources: readonly Resource[] = [factResources];

import { readInput } from './readInput.ts';
import type { StackResource } from './rule.ts';
import { typeKeyOf } from './typeKey.ts';

/** The resources of these types, as `typeKeyOf` gives them. */
export function ofTypes(resources: readonly StackResource[], keys: readonly string[]): readonly StackResource[] {
  return resources.filter(({ type }) => keys.includes(typeKeyOf(type)));
}

/**
 * Whether an input of a resource was made from an output of another: what a plan, a site or a scope is given as.
 * By dependency and not by value, because the ids of new resources are not known in a preview.
 */
export function isMadeFrom(resource: StackResource, input: string, target: StackResource): boolean {
  return (resource.propertyDependencies[input] ?? []).some(({ urn }) => urn === target.urn);
}

/** Whether a child of a site (a slot, settings) belongs to this site: its `name` is the site's, by dependency or by value. */
export function belongsToSite(child: StackResource, site: StackResource): boolean {
  if (isMadeFrom(child, 'name', site)) return true;
  const [given, own] = [readInput(child.props, 'name'), readInput(site.props, 'name')];
  return given.state === 'known' && own.state === 'known' && given.value === own.value;
}

/** How messages name a resource. */
export function labelOf({ type, name }: StackResource): string {
  return `${typeKeyOf(type)} "${name}"`;
}

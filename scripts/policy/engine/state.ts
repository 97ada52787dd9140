import { z } from 'zod';
import { compare } from '../findings.ts';
import type { AnalyzedResource, AnalyzedStackResource } from '../pack/packProcess.ts';
import type { Subject } from '../report.ts';
import { toPackProperties, withoutCiphertext, type Json } from './properties.ts';

const properties = z.record(z.string(), z.json());
const resourceSchema = z.looseObject({
  urn: z.string(),
  type: z.string(),
  id: z.string().optional(),
  /** It is to be deleted after its successor was made. */
  delete: z.boolean().default(false),
  /** Read by the program, and not managed by it. */
  external: z.boolean().default(false),
  inputs: properties.default({}),
  outputs: properties.default({}),
  parent: z.string().optional(),
  protect: z.boolean().default(false),
  dependencies: z.array(z.string()).default([]),
  propertyDependencies: z.record(z.string(), z.array(z.string()).nullable()).default({}),
  additionalSecretOutputs: z.array(z.string()).default([]),
  aliases: z.array(z.string()).default([]),
});
export type StateResource = z.output<typeof resourceSchema>;
const stateSchema = z.looseObject({ deployment: z.looseObject({ resources: z.array(resourceSchema).nullish() }) });

/** What stands in a stack, in the order in which it was made; what waits to be deleted is left out, as the engine leaves it out. @param text what `pulumi stack export` printed */
export function readState(text: string): StateResource[] {
  return (stateSchema.parse(JSON.parse(text)).deployment.resources ?? []).filter((resource) => !resource.delete);
}

/** The state as evidence: without ciphertext, and without what a passphrase could be guessed by. */
export function stateEvidence(text: string): string {
  const { deployment: { secrets_providers: _providers, ...deployment }, ...rest } = JSON.parse(text) as { deployment: Record<string, Json> } & Record<string, Json>;
  return `${JSON.stringify(withoutCiphertext({ ...rest, deployment }), undefined, 2)}\n`;
}

/** The resource as rules on single resources see it. */
export function asInputs(resource: StateResource): AnalyzedResource {
  return { ...common(resource), properties: toPackProperties(resource.inputs) };
}

/** The resource as rules on the whole stack see it. */
export function asOutputs(resource: StateResource): AnalyzedStackResource {
  return {
    ...common(resource),
    properties: toPackProperties(resource.outputs),
    dependencies: resource.dependencies,
    propertyDependencies: Object.fromEntries(Object.entries(resource.propertyDependencies).map(([input, urns]) => [input, urns ?? []])),
  };
}

function common({ urn, type, parent, protect, additionalSecretOutputs, aliases }: StateResource): Omit<AnalyzedResource, 'properties'> {
  return { urn, type, name: nameOf(urn), options: { protect, additionalSecretOutputs, aliases, ...(parent === undefined ? {} : { parent }) } };
}

/** How a report lists resources: by URN, so that two reports can be compared. */
export function listResources(resources: readonly { readonly urn: string; readonly type: string; readonly id?: string | null | undefined }[]): Subject['resources'] {
  return resources.map(({ urn, type, id }) => ({ urn, type, name: nameOf(urn), ...(id ? { id } : {}) })).sort((left, right) => compare(left.urn, right.urn));
}

/** Source: pulumi.com, "Resource names", URNs: the name stands behind the fourth pair of colons, and may have such pairs itself. */
export function nameOf(urn: string): string {
  return urn.split('::').slice(3).join('::');
}

const STACK_TYPE = 'pulumi:pulumi:Stack';

/** The resource that stands for the stack as a whole; findings about no other resource are about it. */
export function stackUrn(stack: string, project: string): string {
  return `urn:pulumi:${stack}::${project}::${STACK_TYPE}::${project}-${stack}`;
}

export function isStack({ type }: { readonly type: string }): boolean {
  return type === STACK_TYPE;
}

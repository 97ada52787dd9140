import type { z } from 'zod';
import type { PutRequest, Resource } from '../arm/types.ts';
import { AzureError } from '../core/errors.ts';

export const GROUP_PATH = '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers';

/** A resource of ARM by id. */
export type Find = (id: string) => Resource | undefined;

export function badRequest(message: string): AzureError {
  return new AzureError(400, 'BadRequest', message);
}

/** What of a body's properties is judged here; the contract has passed, so that a mismatch means a value that the service would refuse. */
export function readProperties<T>(schema: z.ZodType<T>, { body, id }: PutRequest): T {
  const read = schema.safeParse(body['properties']);
  if (read.success) return read.data;
  throw badRequest(`The properties of '${id}' cannot be used: ${read.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')}.`);
}

/** The resource that a property names. @throws AzureError 400 when there is none, or one of another type */
export function referenced(find: Find, id: string, what: string, types?: readonly string[]): Resource {
  const resource = find(id);
  if (!resource) throw badRequest(`${what} is '${id}'; there is no such resource. Create it first.`);
  if (types && !types.some((type) => type.toLowerCase() === resource.type.toLowerCase())) throw badRequest(`${what} is '${id}', of type ${resource.type}; allowed: ${types.join(', ')}.`);
  return resource;
}

/** @throws AzureError 400 when the value is none of those allowed, compared as written */
export function oneOf(value: string, allowed: readonly string[], what: string): void {
  if (!allowed.includes(value)) throw badRequest(`${what} is '${value}'; allowed: ${allowed.join(', ')}.`);
}

/** Where resources are that belong to no region. */
export function judgeGlobal({ body, id }: PutRequest): void {
  if (String(body['location']).toLowerCase() !== 'global') throw badRequest(`'${id}' has the location '${String(body['location'])}'; resources of this type have the location 'global'.`);
}

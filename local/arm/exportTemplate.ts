import { Accepted } from './accepted.ts';
import { z } from 'zod';
import { AzureError, notSupportedLocally } from '../core/errors.ts';
import { writableBody, type ArmEngine, type Target } from './engine.ts';
import { compilePath, idKey, parentId } from './paths.ts';
import { partsOfId, resourceIdExpression, toTemplateValue, type ExportedIds } from './templateExpressions.ts';
import type { Json, JsonObject, Resource } from './types.ts';

/** Source: learn.microsoft.com, "Export template in Azure portal", limitations. */
const MAX_RESOURCES = 200;
const SCHEMA = 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#';
const GROUP_PROVIDERS = '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/';
/** How Azure calls the one service of its kind below a resource, where the path leaves the name open. */
const ONLY_NAME = 'default';

const requestSchema = z.object({ resources: z.array(z.string()).min(1), options: z.string().default(''), outputFormat: z.string().default('Json') });

/** What is asked of an export. */
export interface ExportRequest {
  /** Ids of the resources, with what is below them; undefined for all of the group. */
  readonly ids: readonly string[] | undefined;
}

type Source = Pick<ArmEngine, 'types' | 'list' | 'resolve' | 'read' | 'typeOf'>;

/** What becomes one resource of the template. */
interface Part {
  readonly id: string;
  readonly type: string;
  readonly apiVersion: string;
  readonly body: JsonObject;
}

/**
 * Reads the body of an export.
 * Source: learn.microsoft.com, REST API, "Resource Groups - Export Template".
 * @throws AzureError 400 for what is no such body, 501 for options that are not served here
 */
export function readExportRequest(body: unknown): ExportRequest {
  const asked = requestSchema.safeParse(body);
  if (!asked.success) throw new AzureError(400, 'InvalidRequestContent', 'The body of exportTemplate is not as the API has it. Give "resources", a list with "*" or with resource ids, and "options", a text of names with commas between.');
  const { resources, options, outputFormat } = asked.data;
  if (options.trim().toLowerCase() !== 'skipallparameterization') {
    throw notSupportedLocally(`exportTemplate with options "${options}" (names and foreign ids as parameters, comments; "SkipAllParameterization" is what is served)`);
  }
  if (outputFormat.toLowerCase() !== 'json') throw notSupportedLocally(`exportTemplate with outputFormat "${outputFormat}"`);
  return { ids: resources.includes('*') ? undefined : resources };
}

/**
 * The resources of a group as a template that would make them: what a PUT can say, as GET shows it; children are resources of their own and depend on their parents.
 * Left out is what GET refuses (app settings) or never shows (values of secrets), and what stands on a resource without being part of a group: role assignments, locks,
 * diagnostic settings.
 * @param groupId id of a resource group that stands
 * @returns the body of the answer, with `error` beside the template when resources of a type could not be read: the others are exported all the same
 * @throws AzureError 400 for more resources than Azure exports, 404 for an id that is not there
 */
export function exportTemplate(source: Source, groupId: string, { ids }: ExportRequest): JsonObject {
  const isBelow = (id: string, above: string): boolean => `${idKey(id)}/`.startsWith(`${idKey(above)}/`);
  const missing = ids?.find((id) => !isBelow(id, groupId) || source.typeOf(id) === undefined);
  if (missing !== undefined) throw new AzureError(404, 'ResourceNotFound', `The resource '${missing}' under resource group '${groupId.split('/').at(-1) ?? ''}' was not found.`);
  const standing = idsBelow(source, groupId);
  if (standing.filter((id) => idKey(parentId(id) ?? '') === idKey(groupId)).length > MAX_RESOURCES) {
    throw new AzureError(400, 'ExportTemplateTooManyResources', `Export template is not supported for resource groups that have more than '${MAX_RESOURCES}' resources.`);
  }
  const failed = new Set<string>();
  const read = standing.filter((id) => ids === undefined || ids.some((asked) => isBelow(id, asked))).flatMap((id): Part[] => {
    const target = source.resolve(id);
    if (!target) return [];
    try {
      return toParts(target, source.read(target));
    } catch {
      failed.add(target.row.type);
      return [];
    }
  });
  const parts = read.filter(({ type }) => !failed.has(type)).sort((one, other) => orderOf(one).localeCompare(orderOf(other)));
  const exported: ExportedIds = new Map(parts.map(({ id }) => [idKey(id), id]));
  return {
    template: { $schema: SCHEMA, contentVersion: '1.0.0.0', parameters: {}, variables: {}, resources: parts.map((part) => toTemplateResource(part, exported)) },
    ...(failed.size > 0 ? { error: completedWithErrors([...failed].sort()) } : {}),
  };
}

/** Ids of what a group holds: what was made, and what stands below it for as long as it stands. */
function idsBelow({ types, list, resolve }: Source, groupId: string): string[] {
  const rows = types.map(({ row }) => row).filter((row) => row.path.startsWith(GROUP_PROVIDERS) && row.readAction === undefined && row.template !== 'left out');
  const made = [...new Set(rows.map(({ type }) => type))].flatMap((type) => list(type, groupId)).map(({ id }) => id).filter((id) => rows.some(({ path }) => path === resolve(id)?.row.path));
  const always = rows.filter(({ existence }) => existence === 'singleton').flatMap(({ path }) => {
    const segments = path.split('/');
    const [collection = '', name = ''] = segments.slice(-2);
    const parent = compilePath(segments.slice(0, -2).join('/'));
    return made.filter((id) => parent.match(id)).map((id) => `${id}/${collection}/${name.startsWith('{') ? ONLY_NAME : name}`);
  });
  return [...new Map([...always, ...made].map((id) => [idKey(id), id])).values()];
}

function toParts(target: Target, resource: Resource): Part[] {
  const { row } = target;
  const rule = row.template === 'left out' ? undefined : row.template;
  const apiVersion = row.apiVersions[0];
  const own: Part = { id: target.id, type: row.type, apiVersion, body: writableBody(target, rule?.narrow?.(structuredClone(resource)) ?? resource) };
  const further = (rule?.further ?? []).map((path): Part => {
    const answer = row.behaviour?.reads?.[path]?.(structuredClone(resource), {});
    if (answer === undefined || answer instanceof Promise || answer instanceof Accepted) throw new Error(`${path} of ${row.type} cannot be exported`);
    const { id, name: _name, type, ...body } = answer as Resource;
    return { id, type, apiVersion, body };
  });
  return [own, ...further];
}

function toTemplateResource({ id, type, apiVersion, body }: Part, exported: ExportedIds): JsonObject {
  const referenced = new Set<string>();
  const { properties = {}, ...envelope } = toTemplateValue(withoutNulls(withoutIdentityValues(body)), exported, (named) => void referenced.add(named)) as JsonObject;
  for (let above = parentId(id); above !== undefined; above = parentId(above)) referenced.add(exported.get(idKey(above)) ?? id);
  referenced.delete(id);
  const dependsOn = [...referenced].map(resourceIdExpression).sort();
  return { type, apiVersion, name: partsOfId(id).names.join('/'), ...envelope, ...(dependsOn.length > 0 ? { dependsOn } : {}), properties };
}

/** Ids of user-assigned identities are what a template says; whom they stand for is Azure's to tell. */
function withoutIdentityValues(body: JsonObject): JsonObject {
  const identity = body['identity'];
  if (!isObject(identity) || !isObject(identity['userAssignedIdentities'])) return body;
  const { principalId: _principalId, tenantId: _tenantId, ...said } = identity;
  return { ...body, identity: { ...said, userAssignedIdentities: Object.fromEntries(Object.keys(identity['userAssignedIdentities']).map((id) => [id, {}])) } };
}

function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutNulls);
  return isObject(value) ? Object.fromEntries(Object.entries(value).flatMap(([name, item]) => (item === null ? [] : [[name, withoutNulls(item)]]))) : value;
}

/** Top-level resources first, then by type and name. */
function orderOf({ id, type }: Part): string {
  return `${String(type.split('/').length)} ${type.toLowerCase()} ${idKey(id)}`;
}

/** As Azure words it: github.com, Azure/azure-cli, issue 3889. */
function completedWithErrors(types: readonly string[]): JsonObject {
  return {
    code: 'ExportTemplateCompletedWithErrors',
    message: 'Export template operation completed with errors. Some resources were not exported. Please see details for more information.',
    details: types.map((type) => ({ code: 'ExportTemplateProviderError', target: type, message: `Could not get resources of the type '${type}'. Resources of this type will not be exported.` })),
  };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

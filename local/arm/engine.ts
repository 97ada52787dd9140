import { z } from 'zod';
import { roleAssignmentType } from '../authorization/roleAssignments.ts';
import { createAuthorizer, toAssignment, type Assignment } from '../authorization/authorizer.ts';
import { roleDefinitionType, toRole } from '../authorization/customRoles.ts';
import { BUILT_IN_ROLES, type RoleDefinition } from '../authorization/roleDefinitions.ts';
import type { LocalContext } from '../core/context.ts';
import { AzureError } from '../core/errors.ts';
import type { Directory, Principal } from '../entra/types.ts';
import { createBodyContract, type BodyContract } from './contract/body.ts';
import { createOperations, type Operation, type Operations } from './operations.ts';
import { idKey, parentId, WHOLE_IDS } from './paths.ts';
import { LOCK_TYPE, lockType, refuseLocked } from '../authorization/locks.ts';
import { resourceGroupType } from './resourceGroups.ts';
import type { Arm, JsonObject, PutRequest, Resource, ResourceType } from './types.ts';

/** A resource type with its compiled contract. */
export interface RegisteredType {
  readonly row: ResourceType;
  readonly contract: BodyContract;
}

/** What a request acts on. */
export interface Target extends RegisteredType {
  readonly id: string;
  readonly parameters: Readonly<Record<string, string>>;
}

export interface WriteResult {
  readonly resource: Resource;
  readonly created: boolean;
  /** Set when the type is provisioned asynchronously. */
  readonly operation: Operation | undefined;
}

/** The life cycle of resources behind the REST surface. */
export interface ArmEngine extends Arm {
  readonly types: readonly RegisteredType[];
  readonly operations: Operations;
  /** The resource type and parameters of a path. */
  resolve(path: string): Target | undefined;
  /** A resource as GET shows it. @throws AzureError 404 */
  read(target: Target): Resource;
  write(target: Target, body: JsonObject, principal: Principal, mode: 'replace' | 'merge'): Promise<WriteResult>;
  /** @returns undefined when there was nothing to delete */
  remove(target: Target): Promise<{ operation: Operation | undefined } | undefined>;
  /** Goes on with what a stopped process left half done: writes are provisioned, deletions finished. */
  resume(): Promise<void>;
}

const jsonObject = z.record(z.string(), z.json());
const storedSchema = z.object({
  resource: z.looseObject({ id: z.string(), name: z.string(), type: z.string(), properties: jsonObject }),
  pending: z.enum(['put', 'delete']).optional(),
});
interface Stored { resource: Resource; pending?: 'put' | 'delete' | undefined }

/** @param directory knows the principals that role assignments name */
export function createArmEngine(context: LocalContext, directory: Pick<Directory, 'hasPrincipal' | 'operator'>): ArmEngine {
  const stored = context.documents.collection<Stored>('resources', storedSchema as unknown as z.ZodType<Stored>);
  const types: RegisteredType[] = [];
  const operations = createOperations((error) => context.log.error({ err: error }, 'operation failed'));
  const queues = new Map<string, Promise<unknown>>();
  let assignments: Assignment[] | undefined;

  const engine: ArmEngine = {
    types,
    operations,
    authorizer: createAuthorizer(() => (assignments ??= readAssignments())),
    register(row) {
      if (types.some((known) => known.row.path === row.path)) throw new Error(`The path ${row.path} is registered twice`);
      types.push({ row, contract: createBodyContract(row) });
      // More fixed segments first: `/sites/{name}/config/appsettings` before any `/sites/{name}/config/{other}`.
      types.sort((a, b) => fixedSegments(b.row.path) - fixedSegments(a.row.path));
    },
    resolve(path) {
      for (const type of types) {
        const parameters = type.contract.path.match(path);
        if (parameters) return { ...type, parameters, id: type.contract.path.render(parameters) };
      }
      return undefined;
    },
    get: (id) => find(id)?.resource,
    typeOf(id) {
      const target = engine.resolve(id);
      const stands = target && (find(target.id) ?? (target.row.existence === 'singleton' && parentExists(target.id)));
      return stands ? target.row.type : undefined;
    },
    list(type, below) {
      const prefix = below === undefined ? '' : `${idKey(below)}/`;
      return stored.entries().filter(([key, { resource }]) => key.startsWith(prefix) && resource.type.toLowerCase() === type.toLowerCase()).map(([, { resource }]) => resource);
    },
    update(id, change) {
      const entry = find(id);
      if (!entry) return undefined;
      change(entry.resource);
      save(entry);
      return entry.resource;
    },
    read(target) {
      const resource = lookUp(target);
      return target.row.behaviour?.present?.(structuredClone(resource)) ?? resource;
    },
    write: (target, body, principal, mode) => inTurn(target.id, () => write(target, body, principal, mode)),
    async remove(target) {
      if (!find(target.id)) return undefined;
      refuseLocked(target.id, 'delete', engine.list(LOCK_TYPE));
      const operation = operations.start(() => inTurn(target.id, () => removeTree(target.id)));
      if (target.row.asynchronous?.delete) return { operation };
      await operation.done;
      if (operation.error) throw operation.error;
      return { operation: undefined };
    },
    async resume() {
      for (const entry of stored.values()) {
        const target = engine.resolve(entry.resource.id);
        if (!target || !entry.pending) continue;
        const work = entry.pending === 'put' ? () => provision(target, entry, undefined) : () => removeTree(entry.resource.id);
        await inTurn(target.id, work).catch((error: unknown) => context.log.error({ err: error, id: target.id }, 'resuming a resource failed'));
      }
    },
  };

  engine.register(resourceGroupType);
  engine.register(lockType);
  engine.register(roleAssignmentType({
    hasPrincipal: (objectId) => directory.hasPrincipal(objectId),
    existing: () => engine.list('Microsoft.Authorization/roleAssignments'),
    customRoles,
  }));
  engine.register(roleDefinitionType({
    existing: () => engine.list('Microsoft.Authorization/roleDefinitions'),
    assignments: () => engine.list('Microsoft.Authorization/roleAssignments'),
  }));
  return engine;

  function find(id: string): Stored | undefined {
    return stored.get(idKey(id));
  }

  function save(entry: Stored): void {
    if (isAboutRights(entry.resource)) assignments = undefined;
    stored.put(idKey(entry.resource.id), entry);
  }

  function customRoles(): RoleDefinition[] {
    return engine.list('Microsoft.Authorization/roleDefinitions').map(toRole);
  }

  function readAssignments(): Assignment[] {
    const custom = customRoles();
    const standing = engine.list('Microsoft.Authorization/roleAssignments').flatMap((resource) => toAssignment(resource, custom) ?? []);
    const scope = `/subscriptions/${context.subscriptionId}`;
    // The operator made the subscription: Owner, and administrator of the data planes that the commands read.
    const own = ['Owner', 'Key Vault Administrator', 'Storage Blob Data Owner', 'Monitoring Metrics Publisher'].flatMap((name) =>
      BUILT_IN_ROLES.filter((role) => role.roleName === name).map((role) => ({ principalId: directory.operator.objectId, role, scope })));
    return [...standing, ...own];
  }

  function lookUp(target: Target): Resource {
    const entry = find(target.id);
    if (entry) return entry.resource;
    if (target.row.existence === 'singleton' && parentExists(target.id)) return initialResource(target);
    throw notFound(target.id, target.row.type);
  }

  function initialResource(target: Target): Resource {
    return { id: target.id, name: target.id.split('/').at(-1) ?? '', type: target.row.type, properties: structuredClone(target.row.initial ?? {}) };
  }

  function parentExists(id: string): boolean {
    const parent = parentId(id);
    if (parent === undefined) return true;
    if (idKey(parent) === idKey(`/subscriptions/${context.subscriptionId}`)) return true;
    const type = engine.resolve(parent)?.row;
    // A path segment without a row of its own (blobServices/default) belongs to the resource above it.
    return type === undefined ? parentExists(parent) : find(parent) !== undefined || (type.existence === 'singleton' && parentExists(parent));
  }

  async function write(target: Target, body: JsonObject, principal: Principal, mode: 'replace' | 'merge'): Promise<WriteResult> {
    if (!parentExists(target.id)) throw missingParent(target.id);
    const entry = find(target.id);
    if (entry?.pending) {
      throw new AzureError(409, 'AnotherOperationInProgress', `Another operation on '${target.id}' is in progress. Wait for it, then repeat the request.`);
    }
    const existing = entry?.resource ?? (target.row.existence === 'singleton' ? initialResource(target) : undefined);
    if (mode === 'merge' && !existing) throw notFound(target.id, target.row.type);
    refuseLocked(target.id, 'write', engine.list(LOCK_TYPE));
    refuseBreaches(target, body, mode);
    const merged = mode === 'merge' ? mergeJson(writableBody(target, existing as Resource), body) : body;
    const request: PutRequest = { id: target.id, parameters: target.parameters, body: { ...merged, properties: merged['properties'] ?? {} }, existing: structuredClone(existing), principal };
    await target.row.behaviour?.validate?.(request);
    const draft = createDraft(target, request);
    await target.row.behaviour?.complete?.(draft, request);
    const next: Stored = { resource: draft, pending: 'put' };
    save(next);
    if (target.row.asynchronous?.put) {
      const operation = operations.start(() => provisionOrRevert(target, next, entry));
      return { resource: draft, created: !entry, operation };
    }
    await provisionOrRevert(target, next, entry);
    return { resource: next.resource, created: !entry, operation: undefined };
  }

  function createDraft(target: Target, request: PutRequest): Resource {
    const { properties, ...envelope } = structuredClone(request.body) as JsonObject & { properties: JsonObject };
    const draft: Resource = {
      ...envelope,
      id: request.existing?.id ?? target.id,
      name: target.id.split('/').at(-1) ?? '',
      type: target.row.type,
      properties,
    };
    for (const [name, value] of Object.entries(draft)) if (value === null) delete draft[name];
    for (const [name, value] of Object.entries(draft.properties)) if (value === null) delete draft.properties[name];
    return draft;
  }

  async function provision(target: Target, entry: Stored, previous: Resource | undefined): Promise<void> {
    await target.row.behaviour?.provision?.(structuredClone(entry.resource), previous);
    // Provisioning may have changed the stored resource through update(): the pending mark goes off the newest version.
    const newest = find(target.id) ?? entry;
    delete newest.pending;
    save(newest);
    entry.resource = newest.resource;
  }

  async function provisionOrRevert(target: Target, next: Stored, before: Stored | undefined): Promise<void> {
    try {
      await provision(target, next, structuredClone(before?.resource));
    } catch (error) {
      if (before) save(before);
      else {
        stored.delete(idKey(target.id));
        if (isAboutRights(next.resource)) assignments = undefined;
      }
      throw error;
    }
  }

  async function removeTree(id: string): Promise<void> {
    const prefix = `${idKey(id)}/`;
    const keys = stored.keys().filter((key) => key.startsWith(prefix)).sort(deletionOrder);
    for (const key of [...keys, idKey(id)]) {
      const resource = stored.get(key)?.resource;
      if (resource) await engine.resolve(resource.id)?.row.behaviour?.judgeRemoval?.(structuredClone(resource), id);
    }
    for (const key of [...keys, idKey(id)]) {
      const entry = stored.get(key);
      if (!entry) continue;
      save({ ...entry, pending: 'delete' });
      try {
        await engine.resolve(entry.resource.id)?.row.behaviour?.remove?.(structuredClone(entry.resource));
      } catch (error) {
        // Refused: the resource stands as it stood, and so does what is above it.
        const { pending: _pending, ...standing } = entry;
        save(standing);
        throw error;
      }
      stored.delete(key);
      if (isAboutRights(entry.resource)) assignments = undefined;
    }
  }

  /** One change at a time for each resource; others go on beside it. */
  function inTurn<T>(id: string, work: () => Promise<T>): Promise<T> {
    const key = idKey(id);
    const turn = (queues.get(key) ?? Promise.resolve()).then(work, work);
    const settled = turn.catch(() => undefined);
    queues.set(key, settled);
    void settled.then(() => { if (queues.get(key) === settled) queues.delete(key); });
    return turn;
  }
}

function isAboutRights(resource: Resource): boolean {
  return resource.type === 'Microsoft.Authorization/roleAssignments' || resource.type === 'Microsoft.Authorization/roleDefinitions';
}

function fixedSegments(path: string): number {
  return path.split('/').filter((segment) => segment !== '' && !segment.startsWith('{')).length;
}

/** Children before parents; sites before the plans they run on, as a deletion by group goes. */
function deletionOrder(a: string, b: string): number {
  const rank = (key: string): number => (key.includes('/microsoft.web/serverfarms/') ? 1 : 0);
  return rank(a) - rank(b) || b.split('/').length - a.split('/').length || a.localeCompare(b);
}

function refuseBreaches(target: Target, body: JsonObject, mode: 'replace' | 'merge'): void {
  // App Service shows a slot under the name `site/slot`, and clients send back what they were shown.
  const names = target.contract.pathInputs.filter((input) => !['subscriptionId', 'resourceGroupName', ...WHOLE_IDS].includes(input)).map((input) => target.parameters[input]);
  const expected = { id: [target.id], name: [target.id.split('/').at(-1) ?? '', names.join('/')], type: [target.row.type] };
  for (const name of ['id', 'name', 'type'] as const) {
    if (body[name] !== undefined && !expected[name].some((text) => text.toLowerCase() === String(body[name]).toLowerCase())) {
      throw new AzureError(400, 'InvalidRequestContent', `The ${name} in the body does not agree with the path, which says '${expected[name][0]}'. Leave ${name} out, or make both the same.`);
    }
  }
  const breaches = target.contract.judgeBody(body, { partial: mode === 'merge' });
  if (breaches.length > 0) {
    throw new AzureError(400, 'InvalidRequestContent', `The body of ${target.row.type} (api-version ${target.row.apiVersions[0]}) breaks its contract: ${breaches.map((breach) => breach.message).join(' ')}`, {
      details: breaches.map((breach) => ({ code: `InvalidRequestContent.${breach.code}`, message: breach.message, target: breach.path })),
    });
  }
  if (mode === 'replace' && target.row.envelope.includes('location') && body['location'] === undefined) {
    throw new AzureError(400, 'LocationRequired', `The location property is required for '${target.id}'.`);
  }
}

/** What of a resource a PUT could have said: the base that a PATCH changes, and what a template says of it. */
export function writableBody(target: Pick<Target, 'contract'>, existing: Resource): JsonObject {
  const { id: _id, name: _name, type: _type, ...body } = structuredClone(existing) as JsonObject;
  for (const breach of target.contract.judgeBody(body).filter(({ code }) => code === 'readOnly' || code === 'unknown')) dropAt(body, breach.path);
  return body;
}

function dropAt(body: JsonObject, path: string): void {
  const parts = path.split(/[.[\]]+/).filter((part) => part !== '');
  const last = parts.pop();
  let home: unknown = body;
  for (const part of parts) home = (home as Record<string, unknown> | undefined)?.[part];
  if (last !== undefined && typeof home === 'object' && home !== null) delete (home as Record<string, unknown>)[last];
}

/** RFC 7396, JSON Merge Patch. */
export function mergeJson(base: JsonObject, patch: JsonObject): JsonObject {
  const merged: JsonObject = { ...base };
  for (const [name, value] of Object.entries(patch)) {
    const before = merged[name];
    if (value === null) delete merged[name];
    else if (isObject(value) && isObject(before)) merged[name] = mergeJson(before, value);
    else merged[name] = value;
  }
  return merged;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function notFound(id: string, type: string): AzureError {
  const group = /\/resourceGroups\/([^/]+)/i.exec(id)?.[1];
  if (type === 'Microsoft.Resources/resourceGroups') return new AzureError(404, 'ResourceGroupNotFound', `Resource group '${group ?? id}' could not be found.`);
  return new AzureError(404, 'ResourceNotFound', `The Resource '${id.split('/providers/').at(-1) ?? id}' under resource group '${group ?? ''}' was not found.`);
}

function missingParent(id: string): AzureError {
  const parent = parentId(id) ?? '';
  if (/^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+$/i.test(parent)) return notFound(parent, 'Microsoft.Resources/resourceGroups');
  return new AzureError(404, 'ParentResourceNotFound', `Can not perform requested operation on nested resource. Parent resource '${parent}' not found.`);
}

import type { Json, JsonObject, Resource, ResourceType } from '../types.ts';
import { compilePath, type PathTemplate } from '../paths.ts';
import { readResourceContract, type ResourceContract, type TypeSchema } from './declarations.ts';
import { judge, type Breach } from './judge.ts';
import { nestDefinitions, toFlat, toNested } from './nestedProperties.ts';

/**
 * The two forms of one resource: azure-native's flat inputs and ARM's body, and the rule between them.
 * An input stands at body level when the row's envelope names it, else under `properties`.
 */
export interface BodyContract {
  readonly path: PathTemplate;
  readonly contract: ResourceContract;
  /** Inputs that stand in the path, not in the body. */
  readonly pathInputs: readonly string[];
  toBody(inputs: JsonObject): JsonObject;
  /** ARM's answer as azure-native shows it: the envelope and the properties side by side. */
  toOutputs(resource: Resource): JsonObject;
  /** What breaks the contract in a request body, in the body's own terms. */
  judgeBody(body: JsonObject, options?: { partial?: boolean }): Breach[];
}

/** Answers carry these beside the contract; a request may repeat them when they agree with the path. */
const identityNames = ['id', 'name', 'type'];

export function createBodyContract(row: ResourceType): BodyContract {
  const path = compilePath(row.path);
  const contract = readResourceContract(row.token);
  const pathInputs = path.parameters;
  const renames = Object.entries(row.renames ?? {});
  const bodySchema = toBodySchema(row, contract.inputs, pathInputs);
  // ARM and azure-native differ in case here and there (InstrumentationKey, instrumentationKey): names are matched without it.
  const back: Record<string, string> = {};
  for (const name of [...Object.keys(contract.inputs.properties ?? {}), ...(contract.inputs['x-readOnly'] ?? [])]) back[name.toLowerCase()] = name;
  for (const [input, target] of renames) if (!input.includes('.')) back[target.toLowerCase()] = input;
  const envelopes = row.nestedEnvelopes ?? {};
  const definitions = nestDefinitions(renameNested(contract.definitions, contract.inputs, renames), envelopes);
  return {
    path,
    contract,
    pathInputs,
    toBody(inputs) {
      const body: JsonObject = {};
      const properties: JsonObject = {};
      for (const [name, given] of Object.entries(inputs)) {
        if (pathInputs.includes(name)) continue;
        const value = toNested(given, contract.inputs.properties?.[name], contract.definitions, envelopes);
        if (row.propertiesInput && name === 'properties') Object.assign(properties, value);
        else if (row.envelope.includes(name)) body[name] = value;
        else properties[bodyName(row, name)] = value;
      }
      body['properties'] = properties;
      return mapNested(withIdentityMap(body), renames, 'toBody') as JsonObject;
    },
    toOutputs(resource) {
      const { properties, ...envelope } = mapNested(resource, renames, 'toInputs') as Resource;
      if (row.propertiesInput && !row.flatOutputs) return { ...envelope, properties };
      const flat = Object.fromEntries(Object.entries(properties).map(([name, value]) => {
        const output = back[name.toLowerCase()] ?? name;
        return [output, toFlat(value, contract.inputs.properties?.[output], contract.definitions, envelopes)];
      }));
      return { ...flat, ...envelope };
    },
    judgeBody(body, options = {}) {
      const rest = Object.fromEntries(Object.entries(withIdentityList(body)).filter(([name]) => !identityNames.includes(name)));
      return judge(bodySchema, rest, '', { definitions, ...options });
    },
  };
}

/**
 * ARM names user-assigned identities as the keys of a map, azure-native's inputs as a list.
 * Source: learn.microsoft.com, "ManagedServiceIdentity": `userAssignedIdentities` is a dictionary by resource id.
 */
function withIdentityMap(body: JsonObject): JsonObject {
  return changeIdentities(body, (given) => (Array.isArray(given) ? Object.fromEntries(given.map((id) => [String(id), {}])) : given));
}

/** The other way round: the contract is written in the form of the inputs. Computed values of a map's entries are dropped. */
export function withIdentityList(body: JsonObject): JsonObject {
  return changeIdentities(body, (given) => (typeof given === 'object' && given !== null && !Array.isArray(given) ? Object.keys(given) : 'a list'));
}

function changeIdentities(body: JsonObject, change: (given: Json) => Json): JsonObject {
  const identity = body['identity'];
  if (typeof identity !== 'object' || identity === null || Array.isArray(identity) || identity['userAssignedIdentities'] == null) return body;
  return { ...body, identity: { ...identity, userAssignedIdentities: change(identity['userAssignedIdentities']) } };
}

function bodyName(row: ResourceType, input: string): string {
  return row.renames?.[input] ?? input;
}

function toBodySchema(row: ResourceType, inputs: TypeSchema, pathInputs: readonly string[]): TypeSchema {
  const top: TypeSchema = { type: 'object', properties: {}, required: [], additionalProperties: false, 'x-readOnly': ['systemData', 'etag'] };
  const nested: TypeSchema = { type: 'object', properties: {}, required: [], additionalProperties: false, 'x-readOnly': inputs['x-readOnly'] ?? [] };
  for (const [name, schema] of Object.entries(inputs.properties ?? {})) {
    if (pathInputs.includes(name)) continue;
    const atTop = row.envelope.includes(name) || (row.propertiesInput === true && name === 'properties');
    const home = atTop ? top : nested;
    const target = atTop ? name : bodyName(row, name);
    (home.properties as Record<string, TypeSchema>)[target] = schema;
    if (inputs.required?.includes(name)) home.required?.push(target);
  }
  const own = top.properties as Record<string, TypeSchema>;
  if (!own['properties']) {
    own['properties'] = nested;
    if ((nested.required ?? []).length > 0) top.required?.push('properties');
  }
  return top;
}

/** Dotted renames (`properties.attributes.expires` → `exp`) apply to a named nested object of the contract. */
function renameNested(definitions: Readonly<Record<string, TypeSchema>>, inputs: TypeSchema, renames: [string, string][]): Record<string, TypeSchema> {
  const renamed: Record<string, TypeSchema> = { ...definitions };
  for (const [dotted, target] of renames) {
    if (!dotted.includes('.')) continue;
    const parts = dotted.split('.');
    const last = parts.pop() as string;
    let schema = inputs;
    let key: string | undefined;
    for (const part of parts) {
      key = schema.properties?.[part]?.$ref?.slice('#/$defs/'.length);
      schema = (key && renamed[key]) || {};
    }
    const property = schema.properties?.[last];
    if (!key || !property) throw new Error(`The rename ${dotted} names nothing in the contract`);
    const { [last]: _gone, ...others } = schema.properties as Record<string, TypeSchema>;
    renamed[key] = { ...schema, properties: { ...others, [target]: property } };
  }
  return renamed;
}

function mapNested(value: unknown, renames: [string, string][], direction: 'toBody' | 'toInputs'): unknown {
  let result = value;
  for (const [dotted, target] of renames) {
    if (!dotted.includes('.')) continue;
    const parts = dotted.split('.');
    const last = parts.pop() as string;
    result = direction === 'toBody' ? renameAt(result, parts, last, target) : renameAt(result, parts, target, last);
  }
  return result;
}

function renameAt(value: unknown, parts: readonly string[], from: string, to: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const object = value as Record<string, unknown>;
  const [head, ...rest] = parts;
  if (head !== undefined) return head in object ? { ...object, [head]: renameAt(object[head], rest, from, to) } : object;
  if (!(from in object)) return object;
  const { [from]: moved, ...others } = object;
  return { ...others, [to]: moved };
}

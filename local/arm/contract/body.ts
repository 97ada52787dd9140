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
  const declared = readResourceContract(row.token);
  const contract = { ...declared, definitions: openEnumerations(declared, row.openEnumerations ?? []) };
  const pathInputs = path.parameters;
  // The deepest first: what is renamed further up is then still called as its path says.
  const renames = Object.entries(row.renames ?? {}).sort(([one], [other]) => other.split('.').length - one.split('.').length);
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
        const repeated = row.repeatedInBody?.[name];
        if (repeated !== undefined) properties[repeated] = given;
        if (pathInputs.includes(name)) continue;
        const value = toNested(given, contract.inputs.properties?.[name], contract.definitions, envelopes);
        if (row.propertiesInput && name === 'properties') Object.assign(properties, value);
        else if (row.envelope.includes(name)) body[name] = value;
        else properties[bodyName(row, name)] = value;
      }
      body['properties'] = properties;
      return mapNested(withIdentityMap(body), row, renames, 'toBody') as JsonObject;
    },
    toOutputs(resource) {
      const { properties, ...envelope } = mapNested(resource, row, renames, 'toInputs') as Resource;
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
  for (const name of Object.values(row.repeatedInBody ?? {})) {
    (nested.properties as Record<string, TypeSchema>)[name] = { type: 'string' };
    nested.required?.push(name);
  }
  const own = top.properties as Record<string, TypeSchema>;
  if (!own['properties']) {
    own['properties'] = nested;
    if ((nested.required ?? []).length > 0) top.required?.push('properties');
  }
  return top;
}

/** Dotted renames (`properties.attributes.expires` → `exp`) apply to the named nested objects of the contract, through lists and alternatives. */
function renameNested(definitions: Readonly<Record<string, TypeSchema>>, inputs: TypeSchema, renames: [string, string][]): Record<string, TypeSchema> {
  const renamed: Record<string, TypeSchema> = { ...definitions };
  for (const [dotted, target] of renames) {
    if (!dotted.includes('.')) continue;
    const { keys, last } = definitionsWith(dotted, inputs, renamed);
    for (const key of keys) {
      const schema = renamed[key] ?? {};
      const { [last]: property = {}, ...others } = schema.properties ?? {};
      renamed[key] = { ...schema, properties: { ...others, [target]: property }, ...(schema.required ? { required: schema.required.map((name) => (name === last ? target : name)) } : {}) };
    }
  }
  return renamed;
}

/** Enumerations that are not those of the service become plain texts. */
function openEnumerations({ inputs, definitions }: ResourceContract, paths: readonly string[]): ResourceContract['definitions'] {
  const opened: Record<string, TypeSchema> = { ...definitions };
  for (const path of paths) {
    const { keys, last } = definitionsWith(path, inputs, opened);
    for (const key of keys) opened[key] = { ...opened[key], properties: { ...opened[key]?.properties, [last]: { type: 'string' } } };
  }
  return opened;
}

/** Keys of the definitions that have the last property of a dotted path, and that property. @throws Error when none has */
function definitionsWith(dotted: string, inputs: TypeSchema, definitions: Readonly<Record<string, TypeSchema>>): { keys: string[]; last: string } {
  const parts = dotted.split('.');
  const last = parts.pop() as string;
  let keys: string[] = [];
  let schemas = [inputs];
  for (const part of parts) {
    keys = schemas.flatMap((schema) => namedIn(schema.properties?.[part]));
    schemas = keys.map((key) => definitions[key] ?? {});
  }
  keys = keys.filter((key) => definitions[key]?.properties?.[last]);
  if (keys.length === 0) throw new Error(`${dotted} names nothing in the contract`);
  return { keys, last };
}

/** Keys of the named objects that a property may hold. */
function namedIn(schema: TypeSchema | undefined): string[] {
  if (!schema) return [];
  if (schema.$ref) return [schema.$ref.slice('#/$defs/'.length)];
  return [...(schema.anyOf ?? []), ...(schema.items ? [schema.items] : [])].flatMap(namedIn);
}

function mapNested(value: unknown, row: ResourceType, renames: [string, string][], direction: 'toBody' | 'toInputs'): unknown {
  let result = value;
  for (const [dotted, target] of direction === 'toBody' ? renames : [...renames].reverse()) {
    if (!dotted.includes('.')) continue;
    const parts = dotted.split('.');
    const last = parts.pop() as string;
    const place = placeInBody(row, parts);
    result = direction === 'toBody' ? renameAt(result, place, last, target) : renameAt(result, place, target, last);
  }
  return result;
}

/** Where the body has what the inputs have at a path. */
function placeInBody(row: ResourceType, [first = '', ...rest]: readonly string[]): string[] {
  const atTop = row.envelope.includes(first) || (row.propertiesInput === true && first === 'properties');
  return atTop ? [first, ...rest] : ['properties', bodyName(row, first), ...rest];
}

function renameAt(value: unknown, parts: readonly string[], from: string, to: string): unknown {
  if (Array.isArray(value)) return value.map((item) => renameAt(item, parts, from, to));
  if (typeof value !== 'object' || value === null) return value;
  const object = value as Record<string, unknown>;
  const [head, ...rest] = parts;
  if (head !== undefined) return head in object ? { ...object, [head]: renameAt(object[head], rest, from, to) } : object;
  if (!(from in object)) return object;
  const { [from]: moved, ...others } = object;
  return { ...others, [to]: moved };
}

import type { TypeSchema } from './declarations.ts';

/** One place where a value breaks its contract. Never quotes the value: it may be a secret. */
export interface Breach {
  readonly path: string;
  readonly code: 'missing' | 'type' | 'enum' | 'unknown' | 'readOnly';
  readonly message: string;
}

export interface JudgeOptions {
  readonly definitions: Readonly<Record<string, TypeSchema>>;
  /** Values that are not known yet (a preview's placeholders) pass. */
  readonly isUnknown?: (value: unknown) => boolean;
  /** A PATCH may leave out what a PUT must carry. */
  readonly partial?: boolean;
}

/**
 * Holds a JSON value against a schema read from azure-native's declarations.
 * Enumerations are compared without case, as ARM does.
 * @returns every breach, in the order of the value
 */
export function judge(schema: TypeSchema, value: unknown, path: string, options: JudgeOptions): Breach[] {
  if (options.isUnknown?.(value)) return [];
  const resolved = resolve(schema, options);
  if (resolved.anyOf) {
    const attempts = resolved.anyOf.map((member) => judge(member, value, path, options));
    return attempts.find((breaches) => breaches.length === 0) ?? attempts[0] ?? [];
  }
  switch (resolved.type) {
    case undefined: return [];
    case 'object': return judgeObject(resolved, value, path, options);
    case 'array':
      if (!Array.isArray(value)) return [wrongType(path, 'an array', value)];
      return value.flatMap((item, index) => judge(resolved.items ?? {}, item, `${path}[${index}]`, options));
    case 'string':
      if (typeof value !== 'string') return [wrongType(path, 'a string', value)];
      return resolved.enum && !resolved.enum.some((allowed) => allowed.toLowerCase() === value.toLowerCase())
        ? [{ path, code: 'enum', message: `${path} has a value that is not allowed. Allowed: ${resolved.enum.join(', ')}.` }]
        : [];
    case 'number':
    case 'boolean':
      return typeof value === resolved.type ? [] : [wrongType(path, `a ${resolved.type}`, value)];
  }
}

function judgeObject(schema: TypeSchema, value: unknown, path: string, options: JudgeOptions): Breach[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [wrongType(path, 'an object', value)];
  const breaches: Breach[] = [];
  for (const [name, item] of Object.entries(value)) {
    const itemPath = path === '' ? name : `${path}.${name}`;
    const itemSchema = ownSchema(schema, name);
    if (itemSchema) {
      // JSON null stands for "not given" wherever a property is optional.
      if (item === null && !schema.required?.includes(name)) continue;
      breaches.push(...judge(itemSchema, item, itemPath, options));
    } else if (schema['x-readOnly']?.includes(name)) {
      breaches.push({ path: itemPath, code: 'readOnly', message: `${itemPath} is read-only: the service computes it. Leave it out.` });
    } else {
      breaches.push({ path: itemPath, code: 'unknown', message: `${itemPath} is not part of the contract${nearest(name, schema)}.` });
    }
  }
  if (!options.partial) {
    for (const name of schema.required ?? []) {
      const itemPath = path === '' ? name : `${path}.${name}`;
      if (!(name in value)) breaches.push({ path: itemPath, code: 'missing', message: `${itemPath} is required and missing.` });
    }
  }
  return breaches;
}

function ownSchema(schema: TypeSchema, name: string): TypeSchema | undefined {
  if (schema.properties && Object.hasOwn(schema.properties, name)) return schema.properties[name];
  if (typeof schema.additionalProperties === 'object') return schema.additionalProperties;
  return schema.properties === undefined && schema.additionalProperties === undefined ? {} : undefined;
}

function resolve(schema: TypeSchema, options: JudgeOptions): TypeSchema {
  if (!schema.$ref) return schema;
  return options.definitions[schema.$ref.slice('#/$defs/'.length)] ?? {};
}

function wrongType(path: string, expected: string, value: unknown): Breach {
  const given = value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`;
  return { path, code: 'type', message: `${path} must be ${expected}, not ${given}.` };
}

function nearest(name: string, schema: TypeSchema): string {
  const match = Object.keys(schema.properties ?? {}).find((known) => known.toLowerCase() === name.toLowerCase());
  return match ? ` (it is written ${match})` : '';
}

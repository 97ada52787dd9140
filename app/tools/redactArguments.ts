import { z } from 'zod';

/** What stands in the record for a value that is not to be kept. */
export const REDACTED = '[redacted]';

/**
 * Arguments as they may be kept: what the schema marks by `.meta({ redact: true })` is replaced, and what the schema does not know as well, because
 * nobody has judged it. A value whose place in the schema is not plain to see, such as in a union, is kept only when no branch marks anything.
 * @param value as it came, unchecked
 */
export function redactArguments(schema: z.core.$ZodType, value: unknown): unknown {
  return redact(schema, value);
}

/**
 * Whether `redactArguments` returns every value as it is that the schema accepts. False when that is not plain to see.
 * An input that is converted when it is read may be of another type than the schema says.
 */
export function keepsAccepted(schema: z.core.$ZodType): boolean {
  return keepsAll(schema, new Set());
}

/** @param within the schemas that lead here: one that contains itself is judged where it began */
function keepsAll(schema: z.core.$ZodType, within: ReadonlySet<z.core.$ZodType>): boolean {
  if (within.has(schema)) return true;
  if (isMarked(schema)) return false;
  const deeper = new Set([...within, schema]);
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault || schema instanceof z.ZodReadonly) return keepsAll(schema.def.innerType, deeper);
  if (schema instanceof z.ZodObject) return schema.def.catchall instanceof z.ZodNever && Object.values(schema.shape).every((member: z.core.$ZodType) => keepsAll(member, deeper));
  if (schema instanceof z.ZodArray) return keepsAll(schema.element, deeper);
  if (schema instanceof z.ZodRecord) return keepsAll(schema.valueType, deeper);
  return isScalar(schema) && (schema._zod.def as { readonly coerce?: boolean }).coerce !== true;
}

function redact(schema: z.core.$ZodType, value: unknown): unknown {
  if (value === undefined || value === null) return value;
  if (isMarked(schema)) return REDACTED;
  const inner = unwrapped(schema);
  if (inner) return redact(inner, value);
  if (schema instanceof z.ZodObject) return isRecord(value) ? redactObject(schema, value) : REDACTED;
  if (schema instanceof z.ZodArray) return Array.isArray(value) ? value.map((item) => redact(schema.element, item)) : REDACTED;
  if (schema instanceof z.ZodRecord) return isRecord(value) ? mapValues(value, (item) => redact(schema.valueType, item)) : REDACTED;
  if (isScalar(schema)) return typeof value === 'object' ? REDACTED : value;
  return marksNothing(schema) ? value : REDACTED;
}

function redactObject(schema: z.ZodObject, value: Record<string, unknown>): Record<string, unknown> {
  return mapValues(value, (item, key) => (Object.hasOwn(schema.shape, key) ? redact(schema.shape[key] as z.core.$ZodType, item) : REDACTED));
}

/** Keys stay own properties, `__proto__` included. */
function mapValues(value: Record<string, unknown>, map: (item: unknown, key: string) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, map(item, key)]));
}

function isMarked(schema: z.core.$ZodType): boolean {
  return z.globalRegistry.get(schema)?.['redact'] === true;
}

/** The schema behind what only changes whether a value is there or how it is read. */
function unwrapped(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodReadonly || schema instanceof z.ZodCatch) {
    return schema.def.innerType;
  }
  return schema instanceof z.ZodPipe ? schema.def.in : undefined;
}

function isScalar(schema: z.core.$ZodType): boolean {
  return schema instanceof z.ZodString || schema instanceof z.ZodStringFormat || schema instanceof z.ZodNumber || schema instanceof z.ZodBoolean || schema instanceof z.ZodEnum || schema instanceof z.ZodLiteral;
}

/** Whether nothing inside is marked, as far as the JSON Schema of it tells. */
function marksNothing(schema: z.core.$ZodType): boolean {
  let marks = false;
  try {
    z.toJSONSchema(schema, { io: 'input', override: ({ zodSchema }) => (marks ||= isMarked(zodSchema)) });
  } catch {
    return false;
  }
  return !marks;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import type { ContentBlock } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Access } from '../access/decideAccess.ts';
import { LIMITS } from '../limits.ts';
import { egressContradictions, egressHostSchema, toEgressHosts, type EgressDeclaration, type EgressHost } from './egressHosts.ts';
import { lifecycleProblems, lifecycleSchema, replacementProblem, type ToolLifecycle } from './lifecycle.ts';
import { paramHeadersOf } from './paramHeaders.ts';
import type { ToolContext } from './toolContext.ts';
import { ruleProblems, toolRuleSchema, type ToolRule } from './toolRule.ts';

export type { ToolLifecycle } from './lifecycle.ts';
export type { ToolRule } from './toolRule.ts';

/** What a client may assume of a tool. Source: Model Context Protocol 2026-07-28, schema, ToolAnnotations. */
export interface ToolAnnotations {
  readonly readOnlyHint: boolean;
  readonly destructiveHint: boolean;
  readonly idempotentHint: boolean;
  readonly openWorldHint: boolean;
}

/** The Entra app role and delegated scope that open a tool. */
export type ToolAccess = Access;

/** What the protocol has to offer a tool beside one answer; calls are routed by it. */
export type ToolInteraction =
  /** One answer, as plain JSON. */
  | 'none'
  /** Progress and log messages while it works, as a stream. */
  | 'streaming'
  /** It may ask the client for input and be called again with the answer. */
  | 'asking';

export interface ToolLimits {
  /** A call that takes longer is ended with an error, in milliseconds. */
  readonly timeoutMs: number;
  /** Calls of the tool that one instance runs at a time; more are told to come back. */
  readonly concurrentCalls: number;
  /** Calls of the tool that one instance takes from one principal in a minute, steadily; `burstOf` says how many may come at once. docs/decisions/020-limits-over-instances.md. */
  readonly callsPerMinute: number;
  /** Calls of the tool that one instance works on for one principal at a time. */
  readonly concurrentCallsPerPrincipal: number;
  /** Largest arguments of a call as JSON, in bytes. */
  readonly argumentsBytes: number;
  /** Largest structured result of a call as JSON, in bytes. */
  readonly resultBytes: number;
}

/** What the record of a call has to fulfil. `required`: without it the tool is not run; `standard`: when storage does not answer, the record waits on disk. */
export type ToolAudit = 'required' | 'standard';

/** The module behind a tool's `handler`: loaded at the first call. */
export interface ToolModule<Input extends z.ZodObject, Output extends z.ZodObject> {
  readonly run: (args: z.output<Input>, context: ToolContext) => z.input<Output> | InputRequired | Promise<z.input<Output> | InputRequired>;
  /** What a model reads of a result; its JSON as text when absent. */
  readonly content?: (output: z.output<Output>) => ContentBlock[];
}

/** What a tool declared `asking` returns instead of a result: made by `inputRequired` of the SDK. */
export interface InputRequired {
  readonly resultType: 'input_required';
}

export interface ToolDeclaration<Input extends z.ZodObject, Output extends z.ZodObject> {
  readonly name: string;
  readonly title: string;
  /** What the model reads to choose the tool. */
  readonly description: string;
  readonly input: Input;
  readonly output: Output;
  readonly annotations: ToolAnnotations;
  /** By default the role is `Tools.<name>` and the scope `<name>`. */
  readonly access?: Partial<ToolAccess>;
  /** `none` when absent. */
  readonly interaction?: ToolInteraction;
  /** All but the time have a default. */
  readonly limits: Pick<ToolLimits, 'timeoutMs'> & Partial<ToolLimits>;
  /** Who may call with which arguments, beyond role and scope; judged in this order, after the arguments are parsed. None when absent. */
  readonly rules?: readonly ToolRule<z.output<Input>>[];
  /** Hosts that the tool reaches with `context.fetch`, its only way out; empty when it reaches none. */
  readonly egress: readonly EgressDeclaration[];
  /** `standard` when absent. Arguments that the record may not hold are marked in `input` by `.meta({ redact: true })`. */
  readonly audit?: ToolAudit;
  /** Whether the record holds what the tool answers, besides its digest; false when absent. */
  readonly auditContent?: boolean;
  /** Who answers for the tool: a team or a mail address. */
  readonly owner: string;
  readonly lifecycle: ToolLifecycle;
  readonly handler: () => Promise<ToolModule<Input, Output>>;
}

/** A declared tool as the rest of the program sees it. */
export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: z.ZodObject;
  readonly output: z.ZodObject;
  readonly annotations: ToolAnnotations;
  readonly access: ToolAccess;
  readonly interaction: ToolInteraction;
  readonly limits: ToolLimits;
  readonly rules: readonly ToolRule[];
  readonly egress: readonly EgressHost[];
  readonly audit: ToolAudit;
  readonly auditContent: boolean;
  readonly owner: string;
  readonly lifecycle: ToolLifecycle;
  readonly handler: () => Promise<LoadedTool>;
}

/** The module of a tool, its schemas forgotten. */
export interface LoadedTool {
  readonly run: (args: Record<string, unknown>, context: ToolContext) => unknown;
  readonly content?: (output: Record<string, unknown>) => ContentBlock[];
}

/** A declaration breaks a rule. Code: MCP_TOOL_DECLARATION_INVALID. */
export class ToolDeclarationError extends Error {
  readonly code = 'MCP_TOOL_DECLARATION_INVALID';
  constructor(tool: string, problems: readonly string[]) {
    super(`The declaration of tool ${JSON.stringify(tool)} is refused:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'ToolDeclarationError';
  }
}

const NAME = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;
const NAME_RULE = 'lower-case letters, digits and single underscores, beginning with a letter, at most 64 characters';
/** Source: learn.microsoft.com, "Microsoft Graph, appRole resource type": value, at most 120 characters, no leading dot. */
const ENTRA_VALUE = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,119}$/;
const MAX_TIMEOUT_MS = 200_000; // App Service ends an idle request after about 230 s.
const DEFAULT_LIMITS = { concurrentCalls: 64, callsPerMinute: 600, argumentsBytes: 262_144, resultBytes: 1_048_576 } as const;
const DEFAULT_CONCURRENT_CALLS_PER_PRINCIPAL = 16;
/** More than an instance can answer: whoever needs no limit declares this one. */
const MAX_CALLS_PER_MINUTE = 6_000_000;
const MAX_RESULT_BYTES = 4_194_304;

const declarationSchema = z.strictObject({
  name: z.string().max(64, `at most 64 characters are allowed`).regex(NAME, `allowed: ${NAME_RULE}`)
    .refine((name) => !Object.hasOwn(Object.prototype, name), 'a name of Object.prototype is not allowed: what keeps tools by name could take it for one; choose another'),
  title: z.string().min(1, 'a title of 1 to 80 characters is needed').max(80, 'at most 80 characters are allowed'),
  description: z.string().min(20, 'at least 20 characters are needed: the model chooses by it').max(1_000, 'at most 1,000 characters are allowed'),
  input: z.instanceof(z.ZodObject, { error: 'a zod object schema is needed' }),
  output: z.instanceof(z.ZodObject, { error: 'a zod object schema is needed' }),
  annotations: z.strictObject({
    readOnlyHint: z.boolean(),
    destructiveHint: z.boolean(),
    idempotentHint: z.boolean(),
    openWorldHint: z.boolean(),
  }),
  access: z.strictObject({
    role: z.string().regex(ENTRA_VALUE, 'allowed: 1 to 120 letters, digits, "_", "-" and ".", not beginning with "." or "-"'),
    scope: z.string().regex(ENTRA_VALUE, 'allowed: 1 to 120 letters, digits, "_", "-" and ".", not beginning with "." or "-"'),
  }),
  interaction: z.enum(['none', 'streaming', 'asking'], { error: 'allowed: none, streaming, asking' }),
  limits: z.strictObject({
    concurrentCalls: z.int('a whole number of calls is needed').min(1, 'at least 1 call').max(1_000, 'at most 1,000 calls at a time'),
    callsPerMinute: z.int('a whole number of calls is needed').min(1, 'at least 1 call').max(MAX_CALLS_PER_MINUTE, `at most ${MAX_CALLS_PER_MINUTE} calls, more than an instance answers`),
    concurrentCallsPerPrincipal: z.int('a whole number of calls is needed').min(1, 'at least 1 call').max(1_000, 'at most 1,000 calls at a time'),
    argumentsBytes: z.int('a whole number of bytes is needed').min(1, 'at least 1 byte').max(LIMITS.bodyLimitBytes, `at most ${LIMITS.bodyLimitBytes} bytes, the limit of a request`),
    resultBytes: z.int('a whole number of bytes is needed').min(1, 'at least 1 byte').max(MAX_RESULT_BYTES, `at most ${MAX_RESULT_BYTES} bytes`),
    timeoutMs: z.int('a whole number of milliseconds is needed').min(1, 'at least 1 ms').max(MAX_TIMEOUT_MS, `at most ${MAX_TIMEOUT_MS} ms: App Service ends an idle request after about 230 s`),
  }),
  rules: z.array(toolRuleSchema),
  egress: z.array(egressHostSchema),
  audit: z.enum(['required', 'standard'], { error: 'allowed: required, standard' }),
  auditContent: z.boolean({ error: 'allowed: true, false' }),
  owner: z.string().min(1, 'name a team or a mail address'),
  lifecycle: lifecycleSchema,
  handler: z.custom<() => Promise<unknown>>((value) => typeof value === 'function', { error: 'a function is needed that imports the module with `run`' }),
});

/**
 * Declares a tool: its contract, who may call it, its limits, and where its code is.
 * @throws ToolDeclarationError naming the tool, each field that breaks a rule, and what is allowed
 */
export function defineTool<Input extends z.ZodObject, Output extends z.ZodObject>(declaration: ToolDeclaration<Input, Output>): Tool {
  const access = { role: `Tools.${declaration.name}`, scope: declaration.name, ...declaration.access };
  const { interaction = 'none', audit = 'standard', auditContent = false, rules = [] } = declaration;
  const limits = withDefaults(declaration.limits);
  const egress = toEgressHosts(declaration.egress);
  const checked = declarationSchema.safeParse({
    ...declaration,
    interaction,
    audit,
    auditContent,
    egress,
    rules,
    // What is no object would be gone once it is spread over the defaults.
    access: declaration.access === undefined || isRecord(declaration.access) ? access : declaration.access,
    limits: isRecord(declaration.limits) ? limits : declaration.limits,
  });
  const problems = checked.success ? [] : checked.error.issues.map(describeIssue);
  if (checked.success) problems.push(...contradictions({ ...declaration, limits, rules, egress }));
  if (problems.length > 0) throw new ToolDeclarationError(String(declaration.name), problems);
  return Object.freeze({
    ...declaration,
    access,
    interaction,
    audit,
    auditContent,
    limits,
    egress,
    // The arguments are parsed with `input` before rules and `run` see them, which is what makes the narrower parameter types true.
    rules: rules as unknown as Tool['rules'],
    handler: declaration.handler as unknown as Tool['handler'],
  });
}

/** One principal gets at most a share of what runs at a time. */
function withDefaults(given: Pick<ToolLimits, 'timeoutMs'> & Partial<ToolLimits>): ToolLimits {
  const limits = { ...DEFAULT_LIMITS, concurrentCallsPerPrincipal: DEFAULT_CONCURRENT_CALLS_PER_PRINCIPAL, ...given };
  const isSmaller = Number.isInteger(limits.concurrentCalls) && limits.concurrentCalls < limits.concurrentCallsPerPrincipal;
  return given?.concurrentCallsPerPrincipal === undefined && isSmaller ? { ...limits, concurrentCallsPerPrincipal: limits.concurrentCalls } : limits;
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const field = issue.path.join('.') || 'declaration';
  if (issue.code !== 'unrecognized_keys') return `${field}: ${issue.message}`;
  const allowed = Object.keys(objectAt(issue.path).shape).join(', ');
  return `${field}: ${issue.keys.map((key) => `"${key}"`).join(', ')} is no field here; allowed: ${allowed}`;
}

/** The schema of the object at a path of a declaration. */
function objectAt(path: readonly PropertyKey[]): z.ZodObject {
  let schema: unknown = declarationSchema;
  for (const key of path) schema = schema instanceof z.ZodArray ? schema.element : schema instanceof z.ZodObject ? schema.shape[String(key)] : undefined;
  return schema instanceof z.ZodObject ? schema : declarationSchema;
}

function contradictions(declaration: Pick<Tool, 'name' | 'annotations' | 'egress' | 'input' | 'output' | 'limits' | 'lifecycle'> & { readonly rules: readonly { readonly id: string }[] }): string[] {
  const problems: string[] = [...ruleProblems(declaration.rules), ...egressContradictions(declaration.egress), ...lifecycleProblems(declaration.name, declaration.lifecycle)];
  const { concurrentCalls, concurrentCallsPerPrincipal } = declaration.limits;
  if (concurrentCallsPerPrincipal > concurrentCalls) problems.push(`limits.concurrentCallsPerPrincipal: ${concurrentCallsPerPrincipal} is more than concurrentCalls, ${concurrentCalls}, which is for all principals together; lower it, or raise concurrentCalls`);
  const { readOnlyHint, destructiveHint, openWorldHint } = declaration.annotations;
  if (readOnlyHint && destructiveHint) problems.push('annotations: readOnlyHint and destructiveHint contradict each other; set one of them to false');
  if (!openWorldHint && declaration.egress.length > 0) problems.push('egress: a tool that reaches hosts has openWorldHint true; set it, or empty egress');
  for (const field of ['input', 'output'] as const) {
    try {
      z.toJSONSchema(declaration[field], { io: field, override: ({ zodSchema, path }) => problems.push(...objectProblems(field, zodSchema, path)) });
    } catch (error) {
      problems.push(`${field}: cannot be written as JSON Schema (${error instanceof Error ? error.message : String(error)}); use schemas that JSON can carry`);
    }
  }
  problems.push(...exampleProblems(declaration.input));
  try {
    paramHeadersOf(declaration.input);
  } catch (error) {
    problems.push(`input.${error instanceof Error ? error.message : String(error)}`);
  }
  return problems;
}

/** Examples of arguments, `input.meta({ examples: [...] })`, stand in the list of tools, and the first is called when a release is verified: each has to be one. */
function exampleProblems(input: z.ZodObject): string[] {
  const examples: unknown = input.meta()?.['examples'];
  if (examples === undefined) return [];
  if (!Array.isArray(examples)) return ['input: examples are a list of arguments, such as [{ "topic": "stateless" }]'];
  return examples.flatMap((example: unknown, place) => {
    const parsed = input.safeParse(example);
    return parsed.success ? [] : [`input: example ${place + 1}: ${parsed.error.issues.map(({ path, message }) => [...path, message].join(': ')).join('; ')}; give arguments that the schema accepts`];
  });
}

/** What an object anywhere in the schema of arguments or results may not be. */
function objectProblems(field: 'input' | 'output', schema: unknown, path: readonly (string | number)[]): string[] {
  if (!(schema instanceof z.ZodObject)) return [];
  const place = [field, ...path.filter((segment) => segment !== 'properties')].join('.');
  const problems: string[] = [];
  if (Object.hasOwn(schema.shape, '__proto__')) problems.push(`${place}: a property "__proto__" is not allowed: assigning it would set a prototype; choose another name`);
  // z.object drops what it does not know: a misspelt argument would go unnoticed.
  if (field === 'input' && !(schema.def.catchall instanceof z.ZodNever)) problems.push(`${place}: arguments unknown to the schema must be refused; use z.strictObject, or z.record where keys are free`);
  return problems;
}

/**
 * Makes a catalogue of declared tools in a deterministic order (by name).
 * @throws ToolDeclarationError when two tools share a name, role or scope: roles and scopes of one Entra application share a namespace;
 *   and when a deprecated tool names a replacement that is not there or does not stay
 */
export function defineCatalogue(tools: readonly Tool[]): readonly Tool[] {
  const taken = new Map<string, string>();
  for (const tool of tools) {
    for (const [field, value] of [['name', tool.name], ['access.role', tool.access.role], ['access.scope', tool.access.scope]] as const) {
      const key = field === 'name' ? `name ${value}` : value;
      const holder = taken.get(key);
      if (holder !== undefined) {
        throw new ToolDeclarationError(tool.name, [`${field}: "${value}" is taken by tool "${holder}"; names, roles and scopes are distinct across the catalogue`]);
      }
      taken.set(key, tool.name);
    }
  }
  const lifecycles = new Map(tools.map(({ name, lifecycle }) => [name, lifecycle]));
  for (const { name, lifecycle } of tools) {
    const problem = replacementProblem(lifecycle, lifecycles);
    if (problem !== undefined) throw new ToolDeclarationError(name, [problem]);
  }
  return Object.freeze([...tools].sort((left, right) => (left.name < right.name ? -1 : 1)));
}

import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { z } from 'zod';
import { LIMITS } from '../../../app/limits.ts';
import { defineTool, ToolDeclarationError, type ToolDeclaration } from '../../../app/tools/defineTool.ts';

const schema = z.strictObject({});
const good: ToolDeclaration<typeof schema, typeof schema> = {
  name: 'do_it', title: 'Do it', description: 'Does it for the tests of declarations.', input: schema, output: schema,
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  limits: { timeoutMs: 1_000 }, egress: [], owner: 'tests', lifecycle: { stage: 'stable', reviewer: 'reviewers', reviewedOn: '2026-11-22', reviewDueOn: '2027-11-22' },
  handler: async () => ({ run: () => ({}) }),
};
const { annotations, lifecycle } = good;
const openWorld = { ...annotations, openWorldHint: true };
const rule = { id: 'small-ones', description: 'Small ones only, for everybody.', check: () => undefined };
const deprecated = { ...lifecycle, stage: 'deprecated', sunsetOn: '2027-03-31' };

/** What a refusal says: the tool of its first line, and the problems of the lines after it. */
function problemsOf(change: object): { tool: string; problems: string[] } {
  try {
    defineTool({ ...good, ...change });
  } catch (error) {
    assert.ok(error instanceof ToolDeclarationError);
    assert.equal(error.code, 'MCP_TOOL_DECLARATION_INVALID');
    const [first = '', ...lines] = error.message.split('\n');
    const tool = /^The declaration of tool (".*") is refused:$/.exec(first)?.[1];
    return { tool: JSON.parse(tool ?? assert.fail(first)) as string, problems: lines.map((line) => line.replace(/^ {2}- /, '')) };
  }
  return assert.fail('it was accepted');
}

type Refusal = readonly [what: string, change: object, allowed: RegExp];

/** The field as the message names it, and each declaration that its rules refuse. */
const refusals: Readonly<Record<string, readonly Refusal[]>> = {
  declaration: [
    ['a field that there is not', { handlr: 1 }, /^"handlr" is no field here; allowed: name, title, .*handler/],
    ['two of them', { handlr: 1, timeout: 5 }, /^"handlr", "timeout" is no field here; allowed: /],
    ['a field of Object.prototype', { constructor: 1 }, /^"constructor" is no field here; allowed: /],
  ],
  name: [
    ['no name', { name: undefined }, /expected string/],
    ['a number', { name: 7 }, /expected string/],
    ['an empty name', { name: '' }, /lower-case letters, digits and single underscores, beginning with a letter/],
    ['capitals', { name: 'DoIt' }, /lower-case letters/],
    ['a dash', { name: 'do-it' }, /single underscores/],
    ['two underscores in a row', { name: 'do__it' }, /single underscores/],
    ['an underscore at the end', { name: 'do_it_' }, /single underscores/],
    ['a digit at the beginning', { name: '1st' }, /beginning with a letter/],
    ['a space', { name: 'do it' }, /lower-case letters/],
    ['a line break at the end', { name: 'do_it\n' }, /lower-case letters/],
    ['a path', { name: '../do_it' }, /lower-case letters/],
    ['a letter beyond ASCII', { name: 'tür' }, /lower-case letters/],
    ['65 characters', { name: 'a'.repeat(65) }, /at most 64 characters/],
    ['a prototype', { name: '__proto__' }, /lower-case letters/],
    ['a name of Object.prototype', { name: 'constructor' }, /Object\.prototype is not allowed.*choose another/],
    ['a method of Object.prototype', { name: 'toString' }, /Object\.prototype is not allowed.*choose another/],
  ],
  title: [
    ['no title', { title: undefined }, /expected string/],
    ['an empty title', { title: '' }, /1 to 80 characters/],
    ['81 characters', { title: 'a'.repeat(81) }, /at most 80 characters/],
  ],
  description: [
    ['no description', { description: undefined }, /expected string/],
    ['19 characters', { description: 'a'.repeat(19) }, /at least 20 characters/],
    ['1,001 characters', { description: 'a'.repeat(1_001) }, /at most 1,000 characters/],
  ],
  input: [
    ['no schema', { input: undefined }, /zod object schema/],
    ['a schema of text', { input: z.string() }, /zod object schema/],
    ['a JSON Schema', { input: { type: 'object' } }, /zod object schema/],
    ['what JSON cannot carry', { input: z.strictObject({ at: z.date() }) }, /JSON Schema.*use schemas that JSON can carry/],
    ['an example that is no list', { input: z.strictObject({}).meta({ examples: {} }) }, /examples are a list of arguments/],
    ['an example that the schema refuses', { input: z.strictObject({ limit: z.int().max(5) }).meta({ examples: [{ limit: 5 }, { limit: 6 }] }) }, /example 2: limit: .*give arguments that the schema accepts/],
    ['an object that drops unknown arguments', { input: z.object({}) }, /unknown to the schema must be refused; use z\.strictObject/],
    ['an object that passes unknown arguments on', { input: z.looseObject({}) }, /use z\.strictObject/],
    ['an object with a schema for unknown arguments', { input: z.object({}).catchall(z.string()) }, /use z\.strictObject/],
    ['a prototype as an argument', { input: z.strictObject({ ['__proto__']: z.string() }) }, /"__proto__" is not allowed.*choose another name/],
  ],
  'input.filter': [
    ['an inner object that drops unknown arguments', { input: z.strictObject({ filter: z.object({ by: z.string() }).optional() }) }, /use z\.strictObject/],
    ['a prototype in an inner object', { input: z.strictObject({ filter: z.strictObject({ ['__proto__']: z.string() }) }) }, /"__proto__" is not allowed/],
  ],
  'input.orders.items': [
    ['an object in a list that drops unknown arguments', { input: z.strictObject({ orders: z.array(z.object({ id: z.string() })) }) }, /use z\.strictObject/],
  ],
  output: [
    ['no schema', { output: undefined }, /zod object schema/],
    ['a schema of a list', { output: z.array(z.string()) }, /zod object schema/],
    ['what JSON cannot carry', { output: z.strictObject({ size: z.bigint() }) }, /JSON Schema.*use schemas that JSON can carry/],
    ['a prototype as a field', { output: z.strictObject({ ['__proto__']: z.string() }) }, /"__proto__" is not allowed/],
  ],
  annotations: [
    ['no annotations', { annotations: undefined }, /expected object/],
    ['an annotation that there is not', { annotations: { ...annotations, readonlyHint: true } }, /^"readonlyHint" is no field here; allowed: readOnlyHint, destructiveHint, idempotentHint, openWorldHint/],
    ['a tool that reads only and destroys', { annotations: { ...annotations, destructiveHint: true } }, /contradict each other; set one of them to false/],
  ],
  ...Object.fromEntries(['readOnlyHint', 'destructiveHint', 'idempotentHint', 'openWorldHint'].map((hint): [string, Refusal[]] => [`annotations.${hint}`, [
    ['no hint', { annotations: { ...annotations, [hint]: undefined } }, /expected boolean/],
    ['a word', { annotations: { ...annotations, [hint]: 'yes' } }, /expected boolean/],
  ]])),
  access: [
    ['null', { access: null }, /expected object/],
    ['a role alone', { access: 'Tools.do_it' }, /expected object/],
    ['a field that there is not', { access: { roles: ['Tools.do_it'] } }, /^"roles" is no field here; allowed: role, scope/],
  ],
  ...Object.fromEntries(['role', 'scope'].map((field): [string, Refusal[]] => [`access.${field}`, [
    ['undefined in place of the default', { access: { [field]: undefined } }, /expected string/],
    ['nothing', { access: { [field]: '' } }, /1 to 120 letters, digits/],
    ['a space', { access: { [field]: 'with space' } }, /letters, digits, "_", "-" and "\."/],
    ['a leading dot', { access: { [field]: '.default' } }, /not beginning with "\."/],
    ['a leading dash', { access: { [field]: '-x' } }, /not beginning with "\." or "-"/],
    ['121 characters', { access: { [field]: 'a'.repeat(121) } }, /1 to 120/],
  ]])),
  interaction: [
    ['null', { interaction: null }, /none, streaming, asking/],
    ['another interaction', { interaction: 'chatting' }, /none, streaming, asking/],
  ],
  limits: [
    ['no limits', { limits: undefined }, /expected object/],
    ['a limit that there is not', { limits: { timeoutMs: 1_000, timeoutSeconds: 1 } }, /^"timeoutSeconds" is no field here; allowed: .*timeoutMs/],
    ['a time alone', { limits: 1_000 }, /expected object/],
  ],
  'limits.timeoutMs': [
    ['no timeout', { limits: {} }, /whole number of milliseconds/],
    ['text', { limits: { timeoutMs: '1000' } }, /whole number of milliseconds/],
    ['a fraction', { limits: { timeoutMs: 1.5 } }, /whole number of milliseconds/],
    ['no end', { limits: { timeoutMs: Number.POSITIVE_INFINITY } }, /whole number of milliseconds/],
    ['no time', { limits: { timeoutMs: 0 } }, /at least 1 ms/],
    ['more than App Service waits', { limits: { timeoutMs: 200_001 } }, /at most 200000 ms: App Service ends an idle request/],
  ],
  'limits.concurrentCalls': [
    ['undefined in place of the default', { limits: { timeoutMs: 1, concurrentCalls: undefined } }, /whole number of calls/],
    ['a fraction', { limits: { timeoutMs: 1, concurrentCalls: 1.5 } }, /whole number of calls/],
    ['no call', { limits: { timeoutMs: 1, concurrentCalls: 0 } }, /at least 1 call/],
    ['too many calls', { limits: { timeoutMs: 1, concurrentCalls: 1_001 } }, /at most 1,000 calls at a time/],
  ],
  'limits.callsPerMinute': [
    ['undefined in place of the default', { limits: { timeoutMs: 1, callsPerMinute: undefined } }, /whole number of calls/],
    ['text', { limits: { timeoutMs: 1, callsPerMinute: '60' } }, /whole number of calls/],
    ['a fraction', { limits: { timeoutMs: 1, callsPerMinute: 0.5 } }, /whole number of calls/],
    ['no call', { limits: { timeoutMs: 1, callsPerMinute: 0 } }, /at least 1 call/],
    ['no limit', { limits: { timeoutMs: 1, callsPerMinute: Number.POSITIVE_INFINITY } }, /whole number of calls/],
    ['more than an instance answers', { limits: { timeoutMs: 1, callsPerMinute: 6_000_001 } }, /at most 6000000 calls, more than an instance answers/],
  ],
  'limits.concurrentCallsPerPrincipal': [
    ['undefined in place of the default', { limits: { timeoutMs: 1, concurrentCallsPerPrincipal: undefined } }, /whole number of calls/],
    ['a fraction', { limits: { timeoutMs: 1, concurrentCallsPerPrincipal: 1.5 } }, /whole number of calls/],
    ['no call', { limits: { timeoutMs: 1, concurrentCallsPerPrincipal: 0 } }, /at least 1 call/],
    ['too many calls', { limits: { timeoutMs: 1, concurrentCalls: 1_000, concurrentCallsPerPrincipal: 1_001 } }, /at most 1,000 calls at a time/],
    ['more than all principals together', { limits: { timeoutMs: 1, concurrentCalls: 4, concurrentCallsPerPrincipal: 5 } }, /5 is more than concurrentCalls, 4, .*lower it, or raise concurrentCalls/],
    ['more than the default for all together', { limits: { timeoutMs: 1, concurrentCallsPerPrincipal: 65 } }, /65 is more than concurrentCalls, 64/],
  ],
  'limits.argumentsBytes': [
    ['text', { limits: { timeoutMs: 1, argumentsBytes: '1 MB' } }, /whole number of bytes/],
    ['no byte', { limits: { timeoutMs: 1, argumentsBytes: 0 } }, /at least 1 byte/],
    ['more than a request', { limits: { timeoutMs: 1, argumentsBytes: LIMITS.bodyLimitBytes + 1 } }, /at most \d+ bytes, the limit of a request/],
  ],
  'limits.resultBytes': [
    ['text', { limits: { timeoutMs: 1, resultBytes: '1 MB' } }, /whole number of bytes/],
    ['no byte', { limits: { timeoutMs: 1, resultBytes: 0 } }, /at least 1 byte/],
    ['more than 4 MiB', { limits: { timeoutMs: 1, resultBytes: 4_194_305 } }, /at most 4194304 bytes/],
  ],
  rules: [
    ['null', { rules: null }, /expected array/],
    ['a rule alone', { rules: rule }, /expected array/],
  ],
  'rules.0': [
    ['a check alone', { rules: [rule.check] }, /expected object/],
    ['a field that there is not', { rules: [{ ...rule, roles: [] }] }, /^"roles" is no field here; allowed: id, description, check$/],
  ],
  'rules.0.id': [
    ['no id', { rules: [{ ...rule, id: undefined }] }, /expected string/],
    ['nothing', { rules: [{ ...rule, id: '' }] }, /lower-case letters, digits and single dashes/],
    ['an underscore', { rules: [{ ...rule, id: 'small_ones' }] }, /single dashes, beginning with a letter/],
    ['two dashes in a row', { rules: [{ ...rule, id: 'small--ones' }] }, /single dashes/],
    ['a quotation mark', { rules: [{ ...rule, id: 'small"ones' }] }, /lower-case letters/],
    ['65 characters', { rules: [{ ...rule, id: 'a'.repeat(65) }] }, /at most 64 characters/],
  ],
  'rules.1.id': [
    ['the id of another rule', { rules: [rule, { ...rule, description: 'Another rule of the same id.' }] }, /"small-ones" is taken by another rule of the tool; ids are distinct/],
  ],
  'rules.0.description': [
    ['no description', { rules: [{ ...rule, description: undefined }] }, /expected string/],
    ['19 characters', { rules: [{ ...rule, description: 'a'.repeat(19) }] }, /at least 20 characters/],
    ['301 characters', { rules: [{ ...rule, description: 'a'.repeat(301) }] }, /at most 300 characters/],
  ],
  'rules.0.check': [
    ['no check', { rules: [{ ...rule, check: undefined }] }, /a function of arguments and principal is needed/],
    ['a truth value', { rules: [{ ...rule, check: true }] }, /a function of arguments and principal/],
  ],
  egress: [
    ['no list', { egress: undefined }, /expected array/],
    ['a host alone', { egress: 'api.example.com' }, /expected array/],
    ['hosts of a tool that claims a closed world', { egress: ['api.example.com'] }, /openWorldHint true; set it, or empty egress/],
  ],
  'egress.0': [
    ['a field that there is not', { egress: [{ host: 'api.example.com', ports: [443] }] }, /^"ports" is no field here; allowed: host, port, addresses, maxResponseBytes, traceContext$/],
  ],
  'egress.1': [
    ['a host that stands there already', { annotations: openWorld, egress: ['api.example.com', { host: 'api.example.com', addresses: 'private' }] }, /api\.example\.com stands in egress\.0 already; declare it once/],
  ],
  'egress.0.host': [
    ['a number', { egress: [1] }, /a host name, or an object with a host name, is needed/],
    ['null', { egress: [null] }, /a host name, or an object with a host name, is needed/],
    ['no host', { egress: [{ port: 443 }] }, /a host name, or an object with a host name, is needed/],
    ...['https://api.example.com', 'api.example.com:443', 'api.example.com/v1', '*.example.com', 'API.example.com', 'api.example.com.', 'localhost', '', '-a.example.com', 'b\u00fccher.example', `${'a'.repeat(64)}.example.com`, `${'a.'.repeat(126)}ab`, '10.0.0.5', '127.1', '0x7f.1', '2130706433', '[::1]', '::1', 'a.0x7f', 'a.1']
      .map((host): Refusal => [host === '' ? 'nothing' : host.slice(0, 40), { egress: [{ host }] }, /lower-case host names without scheme, port, path or wildcard, and no addresses/]),
  ],
  'egress.0.port': [
    ['undefined in place of the default', { egress: [{ host: 'api.example.com', port: undefined }] }, /allowed: 443, or a whole number from 1024 to 65535/],
    ...[0, 22, 80, 1_023, 65_536, 443.5, '443'].map((port): Refusal => [`${typeof port} ${port}`, { egress: [{ host: 'api.example.com', port }] }, /allowed: 443, or a whole number from 1024 to 65535/]),
  ],
  'egress.0.addresses': [
    ['another word', { egress: [{ host: 'api.example.com', addresses: 'any' }] }, /public, private/],
  ],
  'egress.0.maxResponseBytes': [
    ['text', { egress: [{ host: 'api.example.com', maxResponseBytes: '1 MB' }] }, /whole number of bytes/],
    ['no byte', { egress: [{ host: 'api.example.com', maxResponseBytes: 0 }] }, /at least 1 byte/],
    ['more than 64 MiB', { egress: [{ host: 'api.example.com', maxResponseBytes: 67_108_865 }] }, /at most 67108864 bytes/],
  ],
  'egress.0.traceContext': [
    ['a word', { egress: [{ host: 'api.example.com', traceContext: 'yes' }] }, /true, false/],
  ],
  audit: [
    ['another word', { audit: 'always' }, /required, standard/],
    ['a truth value', { audit: true }, /required, standard/],
  ],
  auditContent: [
    ['a word', { auditContent: 'yes' }, /true, false/],
  ],
  owner: [
    ['no owner', { owner: undefined }, /expected string/],
    ['an empty owner', { owner: '' }, /a team or a mail address/],
  ],
  lifecycle: [
    ['no lifecycle', { lifecycle: undefined }, /expected object/],
    ['a field that there is not', { lifecycle: { ...lifecycle, since: '2026-11-22' } }, /^"since" is no field here; allowed: stage, reviewer, reviewedOn, reviewDueOn, sunsetOn, replacedBy/],
  ],
  'lifecycle.stage': [
    ['no stage', { lifecycle: { ...lifecycle, stage: undefined } }, /experimental, stable, deprecated, disabled/],
    ['another stage', { lifecycle: { ...lifecycle, stage: 'beta' } }, /experimental, stable, deprecated, disabled/],
  ],
  'lifecycle.reviewedOn': [
    ['no day for a stable tool', { lifecycle: { ...lifecycle, reviewedOn: undefined } }, /is missing: a tool of stage stable has been reviewed; give reviewer, reviewedOn, reviewDueOn, or set stage to experimental/],
    ['no day beside a reviewer', { lifecycle: { stage: 'experimental', reviewer: 'reviewers', reviewDueOn: '2027-11-22' } }, /is missing: half a review is none; give reviewer, reviewedOn, reviewDueOn, or none of them/],
    ['another form', { lifecycle: { ...lifecycle, reviewedOn: '22.11.2026' } }, /YYYY-MM-DD/],
    ['a day that there is not', { lifecycle: { ...lifecycle, reviewedOn: '2026-02-30' } }, /YYYY-MM-DD/],
  ],
  'lifecycle.reviewer': [
    ['nobody', { lifecycle: { ...lifecycle, reviewer: '' } }, /a team or a mail address/],
    ['a number', { lifecycle: { ...lifecycle, reviewer: 1 } }, /expected string/],
    ['no reviewer of a stable tool', { lifecycle: { ...lifecycle, reviewer: undefined } }, /is missing: a tool of stage stable/],
    ['no reviewer of a deprecated tool', { lifecycle: { ...deprecated, reviewer: undefined } }, /is missing: a tool of stage deprecated/],
  ],
  'lifecycle.reviewDueOn': [
    ['another form', { lifecycle: { ...lifecycle, reviewDueOn: 'next year' } }, /YYYY-MM-DD/],
    ['no day for a stable tool', { lifecycle: { ...lifecycle, reviewDueOn: undefined } }, /is missing: a tool of stage stable/],
    ['the day of the review', { lifecycle: { ...lifecycle, reviewDueOn: '2026-11-22' } }, /2026-11-22 is not after reviewedOn, 2026-11-22; give the day on which the next review is due/],
    ['a day before the review', { lifecycle: { ...lifecycle, reviewDueOn: '2025-11-22' } }, /2025-11-22 is not after reviewedOn/],
  ],
  'lifecycle.sunsetOn': [
    ['another form', { lifecycle: { ...deprecated, sunsetOn: '2027-03' } }, /YYYY-MM-DD/],
    ['no day for a deprecated tool', { lifecycle: { ...deprecated, sunsetOn: undefined } }, /is missing: a deprecated tool names the first day on which it is not served/],
    ['a day for a stable tool', { lifecycle: { ...deprecated, stage: 'stable' } }, /only a deprecated tool has it, and stage is stable; set stage to deprecated, or leave it out/],
    ['a day for a disabled tool', { lifecycle: { ...deprecated, stage: 'disabled' } }, /only a deprecated tool has it, and stage is disabled/],
  ],
  'lifecycle.replacedBy': [
    ['nothing', { lifecycle: { ...deprecated, replacedBy: '' } }, /name a tool of the catalogue/],
    ['the tool itself', { lifecycle: { ...deprecated, replacedBy: 'do_it' } }, /names the tool itself; name another, or leave it out/],
    ['a replacement of a stable tool', { lifecycle: { ...lifecycle, replacedBy: 'do_more' } }, /only a deprecated tool has it, and stage is stable/],
  ],
  handler: [
    ['no handler', { handler: undefined }, /a function is needed that imports the module with `run`/],
    ['a path', { handler: './run.ts' }, /a function is needed/],
    ['the module itself', { handler: { run: () => ({}) } }, /a function is needed/],
  ],
};

describe('defineTool refuses', () => {
  for (const [field, cases] of Object.entries(refusals)) {
    for (const [what, change, allowed] of cases) {
      it(`by ${field}: ${what}`, () => {
        const { tool, problems } = problemsOf(change);
        assert.equal(tool, String({ ...good, ...change }.name));
        const found = problems.filter((problem) => problem.startsWith(`${field}: `)).map((problem) => problem.slice(field.length + 2));
        assert.ok(found.some((problem) => allowed.test(problem)), problems.join('\n'));
      });
    }
  }

  it('all broken fields at once', () => {
    const { problems } = problemsOf({ title: '', owner: '', limits: { timeoutMs: 0 } });
    assert.deepEqual(problems.map((problem) => problem.split(':')[0]), ['title', 'limits.timeoutMs', 'owner']);
  });

  it('nothing that the rules allow at their edges', () => {
    const edges: readonly object[] = [
      { name: 'to_string' }, { name: 'a'.repeat(64) }, { name: 'v2' },
      { title: 'a' }, { title: 'a'.repeat(80) }, { description: 'a'.repeat(20) }, { description: 'a'.repeat(1_000) },
      { access: undefined }, { access: {} }, { access: { role: 'a'.repeat(120), scope: 'a.b-c_d' } },
      { limits: { timeoutMs: 1 } }, { limits: { timeoutMs: 200_000, concurrentCalls: 1_000, argumentsBytes: LIMITS.bodyLimitBytes, resultBytes: 4_194_304, callsPerMinute: 6_000_000, concurrentCallsPerPrincipal: 1_000 } },
      { limits: { timeoutMs: 1, concurrentCalls: 1, callsPerMinute: 1, concurrentCallsPerPrincipal: 1 } },
      { rules: undefined }, { rules: [] }, { rules: [rule, { ...rule, id: 'v2-ones' }] },
      { lifecycle: { stage: 'experimental' } }, { lifecycle: { stage: 'disabled' } }, { lifecycle: { ...lifecycle, stage: 'experimental' } },
      { lifecycle: { ...lifecycle, reviewDueOn: '2026-11-23' } }, { lifecycle: deprecated }, { lifecycle: { ...deprecated, replacedBy: 'do_more' } },
      { interaction: undefined }, { interaction: 'asking' },
      { annotations: openWorld, egress: ['api.example.com', 'a-1.b.c', 'xn--bcher-kva.example', '1.example'] },
      { annotations: openWorld, egress: [{ host: 'a.b', port: 1_024, addresses: 'private', maxResponseBytes: 1, traceContext: true }, { host: 'a.b', port: 65_535, maxResponseBytes: 67_108_864 }, { host: 'a.b' }] },
      { input: z.strictObject({ labels: z.record(z.string(), z.string()) }) }, { input: z.strictObject({}).refine(() => true) },
    ];
    for (const change of edges) assert.ok(defineTool({ ...good, ...change }));
  });
});

test('every field of a declaration has a refused example', () => {
  const allowedBy = (problem: string | undefined): string[] => /; allowed: (.+)$/.exec(problem ?? '')?.[1]?.split(', ') ?? [];
  const groups = ['annotations', 'access', 'limits', 'lifecycle'];
  const fields = [
    ...allowedBy(problemsOf({ none: 1 }).problems[0]),
    ...allowedBy(problemsOf({ egress: [{ host: 'a.b', none: 1 }] }).problems[0]).map((field) => `egress.0.${field}`),
    ...groups.flatMap((group) => allowedBy(problemsOf({ [group]: { ...Reflect.get(good, group) as object, none: 1 } }).problems[0]).map((field) => `${group}.${field}`)),
  ];
  fields.push(...allowedBy(problemsOf({ rules: [{ ...rule, none: 1 }] }).problems[0]).map((field) => `rules.0.${field}`));
  assert.ok(fields.includes('rules.0.check') && fields.includes('limits.timeoutMs') && fields.includes('handler'), fields.join(', '));
  assert.deepEqual(fields.filter((field) => !Object.hasOwn(refusals, field)), []);
});

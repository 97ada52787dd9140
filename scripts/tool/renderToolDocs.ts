import { z } from 'zod';
import { burstOf } from '../../app/tools/callBurst.ts';
import { describeEgressHost, type EgressHost, type Tool, type ToolLifecycle } from '../../app/tools/index.ts';
import { annotationWords } from './annotationWords.ts';
import { code, markdownTable, prose } from './markdown.ts';
import { schemaRows, type SchemaRow } from './schemaRows.ts';

/** The page docs/tools.md: everything that the declarations of a catalogue say, and nothing else. */
export function renderToolDocs(tools: readonly Tool[]): string {
  return `${[
    '# Tools',
    'Written by `npm run tool -- docs` from the declarations in `app/tools/`. Change those, not this page: a test holds it equal to them.',
    markdownTable([
      ['tool', 'what it does', 'stage'],
      ...tools.map(({ name, title, lifecycle }) => [`[${name}](#${name})`, prose(title), lifecycle.stage]),
    ]),
    ...tools.flatMap(sectionOf),
  ].join('\n\n')}\n`;
}

function sectionOf(tool: Tool): string[] {
  const { name, title, description, input, output, annotations, access, interaction, limits, rules, egress, audit, auditContent, owner, lifecycle, handler: _handler, ...further } = tool;
  return [
    `## ${name}`,
    `**${prose(title)}.** ${prose(description)}`,
    markdownTable([
      ['', ''],
      ['Role', code(access.role)],
      ['Scope', code(access.scope)],
      ['Stage', stageWords(lifecycle)],
      ['Review', reviewWords(lifecycle)],
      ['Annotations', annotationWords(annotations)],
      ['Interaction', interaction],
      ['Limits', Object.entries(limits).map(limitWords).join('; ')],
      ...rules.map(({ id, description: allows }) => [`Rule ${code(id)}`, prose(allows)]),
      ['Egress', egress.length === 0 ? 'none' : egress.map(egressWords).join('; ')],
      ...Object.entries(further).map(([field, value]) => [capitalised(words(field)), prose(typeof value === 'string' ? value : JSON.stringify(value))]),
      ['Record', `${audit}; ${auditContent ? 'with what the tool answers' : 'with the digest of what the tool answers'}`],
      ['Owner', prose(owner)],
    ]),
    '### Input',
    rowsTable(schemaRows(z.toJSONSchema(input, { io: 'input' })), 'argument') ?? 'No arguments.',
    ...examplesOf(input).map((example) => `Example: ${code(JSON.stringify(example))}`),
    '### Output',
    rowsTable(schemaRows(z.toJSONSchema(output, { io: 'output' })), 'field') ?? 'No fields.',
  ];
}

function examplesOf(input: z.ZodObject): readonly unknown[] {
  const examples: unknown = input.meta()?.['examples'];
  return Array.isArray(examples) ? examples : [];
}

function rowsTable(rows: readonly SchemaRow[], first: string): string | undefined {
  if (rows.length === 0) return undefined;
  return markdownTable([
    [first, 'type', 'required', 'allowed', 'description'],
    ...rows.map(({ name, type, isRequired, allowed, description }) => [code(name), type, isRequired ? 'yes' : 'no', allowed.join('; '), prose(description)]),
  ]);
}

/** The host, and what a declaration does not leave at its default. */
function egressWords(host: EgressHost): string {
  const answers = `answers of at most ${host.maxResponseBytes.toLocaleString('en-US')} bytes`;
  return [code(describeEgressHost(host)), answers, ...(host.traceContext ? ['told of the trace'] : [])].join(', ');
}

function stageWords({ stage, sunsetOn, replacedBy }: ToolLifecycle): string {
  if (sunsetOn === undefined) return stage;
  return `${stage}, not served from ${sunsetOn} on; ${replacedBy === undefined ? 'nothing replaces it' : `replaced by [${replacedBy}](#${replacedBy})`}`;
}

function reviewWords({ reviewer, reviewedOn, reviewDueOn }: ToolLifecycle): string {
  return reviewer === undefined ? 'not reviewed yet' : `on ${reviewedOn} by ${prose(reviewer)}, due again on ${reviewDueOn}`;
}

/** `timeoutMs` and 2000 make "timeout 2,000 ms": the unit of a limit is the last word of its name. */
function limitWords([limit, value]: readonly [string, unknown]): string {
  const [, base = limit, unit = ''] = /^(.+?)(Ms|Bytes)?$/.exec(limit) ?? [];
  return `${words(base)} ${typeof value === 'number' ? value.toLocaleString('en-US') : JSON.stringify(value)}${unit && ` ${unit.toLowerCase()}`}${limit === 'callsPerMinute' ? ` per principal, burst ${burstOf(Number(value)).toLocaleString('en-US')}` : ''}`;
}

function words(camelCase: string): string {
  return camelCase.replaceAll(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`);
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

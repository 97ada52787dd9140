import { formatTable } from '../scripts/table.ts';
import type { Figure } from './figures.ts';
import { ROUNDS } from './measure/cpuTurns.ts';
import { MEASUREMENTS } from './requests.ts';
import type { BenchResult } from './result.ts';
import { SERVER_NAMES } from './serverNames.ts';

type Rows = readonly (readonly string[])[];

/** The tables for a terminal. */
export function formatReport(result: BenchResult): string {
  const tables = [costRows(result), figureRows(result.figures), telemetryRows(result)].filter((rows) => rows.length > 1);
  return `${[...tables.map((rows) => formatTable(rows)), ...notes(result)].join('\n\n')}\n`;
}

/** The section of the document. */
export function formatSection(result: BenchResult): string {
  const { setting } = result;
  const packages = Object.entries(setting.packages).map(([name, version]) => `${name} ${version}`).join(', ');
  return [
    result.additions ? '## What verification and the record add to a call' : '## The MCP server',
    [
      `Measured by \`npm run bench -- ${result.additions?.join(' ') ?? 'app'}\` on ${setting.date}: ${setting.cores} cores of ${setting.cpuModel}, ${setting.memoryGib} GiB, Node ${setting.nodeVersion}` +
        `${setting.pythonVersion === undefined ? '' : `, Python ${setting.pythonVersion}`}; ${packages}.`,
      result.pinned ? 'All servers run on one core and the load on another; every server gets the same bytes.' : 'Servers and load share the cores; every server gets the same bytes.',
      `A figure is the median of ${ROUNDS} rounds of ${count(result.calls)} calls on ${result.connections} connections, in which the servers take turns.`,
      'CPU time is the server process\'s, user and system, all of its threads, up to its next turn. Ratios carry from machine to machine; the rest is this machine\'s.',
    ].join('\n'),
    'CPU seconds for 1,000 calls:',
    markdownTable(costRows(result)),
    Object.entries(DESCRIPTIONS).filter(([name]) => Object.hasOwn(result.servers, name)).map(([name, text]) => `- \`${name}\`: ${text}`).join('\n'),
    markdownTable(figureRows(result.figures)),
    ...(telemetryRows(result).length > 1 ? ['Telemetry of the calls in the table of CPU seconds:', markdownTable(telemetryRows(result))] : []),
    ...notes(result),
  ].join('\n\n');
}

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  fastify: 'bare Fastify, which sends a text made beforehand that is as long as the answer: the floor.',
  protocol: 'the MCP routes of the app alone, with a fixed caller, no telemetry and no log.',
  'sdk-example': 'the official TypeScript SDK on Fastify as its documentation shows it, with one tool.',
  fastapi: 'the same methods written by hand on FastAPI, under uvicorn with one worker, without SDK, authentication or telemetry.',
  'all-on': 'the app as it is deployed: verified tokens, checked hosts, telemetry over TLS at the sampling ratio that ships, the record of calls in mode `buffered`, log. Its tool list has all tools of the app.',
  'all-on-100': 'the same, keeping every trace.',
  unrecorded: '`all-on` without the record of calls.',
  authenticated: '`protocol` with access tokens verified as in the app, in place of the fixed caller.',
  durable: '`all-on` with the record in mode `durable`: an answer waits until its record is stored.',
};

function costRows({ servers }: BenchResult): Rows {
  return [
    ['server', ...MEASUREMENTS, 'calls/s, saturated'],
    ...SERVER_NAMES.flatMap((name) => {
      const costs = servers[name];
      return costs ? [[name, ...MEASUREMENTS.map((measurement) => costs[measurement].cpuSecondsPer1000Calls.toFixed(3)), count(costs[MEASUREMENTS[0]].callsPerSecond)]] : [];
    }),
  ];
}

/** The figures alone, for a terminal. */
export function formatFigures(figures: readonly Figure[]): string {
  return formatTable(figureRows(figures));
}

/** The figures alone, for the document. */
export function formatFiguresAsMarkdown(figures: readonly Figure[]): string {
  return markdownTable(figureRows(figures));
}

function figureRows(figures: readonly Figure[]): Rows {
  return [
    ['figure', 'value', 'target', 'reached'],
    ...figures.map(({ name, value, unit, target, reached }) => [
      name,
      inUnit(value.toFixed(unit === '×' ? 2 : 1), unit),
      target === undefined ? '' : `${target.kind === 'at least' ? '≥' : '<'} ${inUnit(String(target.value), unit)}`,
      reached === undefined ? '' : reached ? 'yes' : 'no',
    ]),
  ];
}

function inUnit(value: string, unit: Figure['unit']): string {
  return unit === '×' ? `${value}×` : `${value} ${unit}`;
}

function telemetryRows({ telemetry }: BenchResult): Rows {
  return [
    ['server', 'sampling ratio', 'calls', 'items expected', 'exported', 'dropped'],
    ...SERVER_NAMES.flatMap((name) => {
      const counted = telemetry[name];
      if (!counted) return [];
      const expected = `${counted.dropped === undefined ? 'about ' : ''}${count(counted.expected)}`;
      const dropped = counted.dropped === undefined ? 'cannot be told from sampled out' : count(counted.dropped);
      return [[name, String(counted.samplingRatio), count(counted.calls), expected, count(counted.exported), dropped]];
    }),
  ];
}

function notes({ skipped, pinned }: BenchResult): string[] {
  const left = Object.entries(skipped).map(([name, reason]) => `Left out: ${name}, because ${reason}.`);
  return pinned ? left : [...left, 'Servers and load were not pinned to cores of their own (taskset or a second core is missing): the figures are noisier.'];
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en');
}

function markdownTable([head = [], ...rows]: Rows): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

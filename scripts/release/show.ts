import type { CommandContext } from '../commands/commandContext.ts';
import { formatTable } from '../table.ts';
import type { SlotDifference } from './arm/slots.ts';
import { EXIT_CODES, type ReleaseResult } from './conduct.ts';
import type { Gate } from './gate.ts';
import type { Slots, Verb } from './log/events.ts';
import { shortDigest } from './package.ts';

/** What a verb would do. */
export interface ReleasePlan {
  readonly stack: string;
  readonly verb: Verb;
  readonly slots: Slots | undefined;
  readonly gates: readonly Gate[];
  readonly steps: readonly string[];
  readonly differences?: readonly SlotDifference[];
  /** What the engine would change. */
  readonly changes?: string;
}

/** Tells a plan. Nothing was changed. @returns exit code 3 when a gate would stop it */
export function showPlan(context: CommandContext, isJson: boolean, plan: ReleasePlan): number {
  context.stdout.write(isJson ? `${JSON.stringify({ dryRun: true, ...plan })}\n` : [
    `Nothing is changed: this is what "${plan.verb}" would do with stack ${plan.stack}.\n`,
    formatTable([
      ...(plan.slots ? rowsOfSlots(plan.slots) : []),
      ...plan.steps.map((step, index) => [`Step ${index + 1}`, step]),
      ...(plan.changes === undefined ? [] : [['Changes', plan.changes]]),
    ]),
    ...(plan.differences ? [formatDifferences(plan.differences)] : []),
    ...(plan.gates.length === 0 ? [] : [formatGates(plan.gates)]),
  ].join('\n').concat('\n'));
  return plan.gates.every(({ pass }) => pass) ? 0 : EXIT_CODES.stopped;
}

/** Tells what was done. @param rows what stands beside it @returns the exit code */
export function showResult(context: CommandContext, isJson: boolean, result: ReleaseResult, more: { readonly json?: object; readonly rows?: readonly (readonly string[])[] } = {}): number {
  const exitCode = EXIT_CODES[result.outcome];
  if (isJson) context.stdout.write(`${JSON.stringify({ ...result, ...more.json })}\n`);
  else {
    const gates = result.gates.flatMap((asked) => asked.gates).filter(({ pass }) => !pass);
    context.stdout.write([
      '',
      formatTable([
        ['Release', `${result.release}, ${result.verb} of stack ${result.stack}: ${result.outcome}`],
        ...(result.recovered === undefined ? [] : [['Recovered', result.recovered]]),
        ...rowsOfSlots(result.after),
        ...(more.rows ?? []),
        ...(result.reason === undefined ? [] : [['Why', result.reason.split('\n')[0] ?? '']]),
      ]),
      ...(gates.length === 0 ? [] : ['', formatGates(gates)]),
      ...result.notices.map((notice) => `Notice: ${notice}`),
    ].join('\n').concat('\n'));
  }
  if (exitCode !== 0) context.stderr.write(`\nRELEASE_${result.outcome.toUpperCase()}: ${result.reason ?? 'see the log: npm run release -- history'}\n`);
  return exitCode;
}

function rowsOfSlots({ production, staging }: Slots): string[][] {
  return [['Production', shortDigest(production?.digest)], ['Staging', shortDigest(staging?.digest)]];
}

export function formatGates(gates: readonly Gate[]): string {
  const rows = gates.flatMap(({ name, measured, limit, pass, details }) => [[pass ? 'passed' : 'STOPS', name, String(measured), String(limit)], ...details.map((line) => ['', '', line])]);
  return formatTable([['Gate', 'Name', 'Measured', 'Allowed'], ...rows]);
}

export function formatDifferences(differences: readonly SlotDifference[]): string {
  return differences.length === 0 ? 'The slots do not differ in their settings.' : formatTable([['Difference', 'Kind', 'Level', 'What happens'], ...differences.map(({ name, type, level, description }) => [name, type, level, description])]);
}

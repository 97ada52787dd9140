import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Progress } from '../../scripts/progress.ts';
import { withSection } from '../document.ts';
import { describeSetting } from '../setting.ts';
import type { PolicyBenchOptions } from '../commandLine.ts';
import { additionOf } from './pairs.ts';
import { measurePreviews, STACK } from './previews.ts';
import { formatPolicyReport, formatPolicySection, policyFigures, type PolicyBenchResult } from './report.ts';

const PROJECT_DIR = join(import.meta.dirname, '..', '..');
const DOCUMENT = join(PROJECT_DIR, 'docs', 'benchmarks.md');
const PACKAGES = ['@pulumi/policy', '@pulumi/pulumi'];

/**
 * Measures what the policy pack adds to a preview. A complete run writes its section of docs/benchmarks.md.
 * @returns the text for standard output
 * @throws CommandError BENCH_COMMAND_FAILED
 */
export async function benchPolicy(options: PolicyBenchOptions, progress: Progress): Promise<string> {
  const addition = additionOf(await measurePreviews(options.pairs, progress));
  const result: PolicyBenchResult = { setting: describeSetting(undefined, new Date(), PACKAGES), stack: STACK, rules: countRules(), addition, figures: policyFigures(addition) };
  if (options.complete) {
    writeFileSync(DOCUMENT, withSection(readFileSync(DOCUMENT, 'utf8'), formatPolicySection(result), 'policy'));
    progress.note('The figures stand in docs/benchmarks.md.');
  }
  return options.json ? `${JSON.stringify(result)}\n` : formatPolicyReport(result);
}

/** One a file. */
function countRules(): number {
  return readdirSync(join(PROJECT_DIR, 'policy', 'rules'), { withFileTypes: true }).filter((entry) => entry.isDirectory()).flatMap(({ name }) => readdirSync(join(PROJECT_DIR, 'policy', 'rules', name))).length;
}

import { below, figure, type Figure } from '../figures.ts';
import { formatFigures, formatFiguresAsMarkdown } from '../report.ts';
import { median } from '../statistics.ts';
import type { BenchSetting } from '../setting.ts';
import type { Addition } from './pairs.ts';

/** What a run found; `--json` prints it. */
export interface PolicyBenchResult {
  readonly setting: BenchSetting;
  readonly stack: string;
  readonly rules: number;
  readonly addition: Addition;
  readonly figures: readonly Figure[];
}

/** In milliseconds. */
const TARGET_MS = 2_500;

export function policyFigures(addition: Addition): Figure[] {
  const { pairs, medianMs, leastMs, mostMs } = addition;
  return [
    figure('What the pack adds to a preview, median of the pairs', medianMs, 'ms', below(TARGET_MS)),
    figure('The least of the pairs', leastMs, 'ms', undefined),
    figure('The most of the pairs', mostMs, 'ms', undefined),
    figure('A preview without the pack, median', median(pairs.map(({ withoutMs }) => withoutMs)), 'ms', undefined),
    figure('A preview with the pack, median', median(pairs.map(({ withMs }) => withMs)), 'ms', undefined),
  ];
}

export function formatPolicyReport({ figures }: PolicyBenchResult): string {
  return `${formatFigures(figures)}\n`;
}

export function formatPolicySection({ setting, stack, rules, addition, figures }: PolicyBenchResult): string {
  return [
    '## What the policy pack adds to a preview',
    [
      `Measured by \`npm run bench -- policy\` on ${setting.date}: ${setting.cores} cores of ${setting.cpuModel}, ${setting.memoryGib} GiB, Node ${setting.nodeVersion}; ${Object.entries(setting.packages).map(([name, version]) => `${name} ${version}`).join(', ')}.`,
      `Previews of the deployed stack ${stack} without changes, with the ${rules} rules of the pack and without, in ${addition.pairs.length} pairs after one that warms up; which of a pair comes first alternates. Times are those of the whole command, by the clock.`,
    ].join('\n'),
    formatFiguresAsMarkdown(figures),
  ].join('\n\n');
}

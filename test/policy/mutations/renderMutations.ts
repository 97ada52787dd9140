import { MUTATIONS } from './index.ts';
import type { Change, Unjudged } from './mutation.ts';
import { UNJUDGED } from './unjudged.ts';

/** The page docs/policy-mutations.md. */
export function renderMutations(): string {
  return `${[
    '# What the policies notice',
    'Written by `npm run policy:mutations` from `test/policy/mutations/`. Change those, not this page: a test holds it equal to them.',
    `Each of these ${MUTATIONS.length} mutations is made to what the program registers for \`prod\`, at each place that it fits, and the named rule has to fail on it: before, it does not. None survives. Another test walks every input that the program sets, of the tools' ` +
      'declarations as well: each is mutated here, or stands in the list below with the reason why no rule judges it. A new input fails that test until somebody has judged it.',
    'Paths have `[]` for any place in a list. "Of another": an id or a name that is written down in place of an output of a resource of the stack.',
    table([['mutation', 'of', 'what', 'what it means', 'rule'], ...MUTATIONS.map(({ id, change, means, rule, drift, stack }) => [`\`${id}\``, ofWhat(change), `${describe(change)}${drift === true ? ', by hand' : ''}${stack === 'fixed' ? ', without autoscale' : ''}`, means, `[${rule}](policy.md#${rule})`])]),
    '## Not judged',
    table([['input', 'of', 'why'], ...byReason().map(({ entries, why }) => [entries.map(({ path }) => `\`${path}\``).join(', '), [...new Set(entries.flatMap(({ on }) => on))].map(typeName).join(', '), why])]),
  ].join('\n\n')}\n`;
}

function byReason(): { entries: Unjudged[]; why: string }[] {
  const groups = new Map<string, { entries: Unjudged[]; why: string }>();
  for (const entry of UNJUDGED) {
    const key = `${entry.why} ${entry.on.join()}`;
    const group = groups.get(key) ?? { entries: [], why: entry.why };
    groups.set(key, group);
    group.entries.push(entry);
  }
  return [...groups.values()];
}

function ofWhat(change: Change): string {
  return change.kind === 'made' ? typeName(change.type.replace('azure-native:', '')) : change.on.map(typeName).join(', ');
}

function typeName(key: string): string {
  return key === '*' ? 'all' : key.replace(/^.*:/, '');
}

function describe(change: Change): string {
  switch (change.kind) {
    case 'made': return 'made';
    case 'deleted': return 'gone';
    case 'omitted': return `\`${change.path}\` left out`;
    case 'foreign': return `\`${change.path}\` of another`;
    case 'added': return `\`${change.path}\` added`;
    case 'to': return `\`${change.path}\` ${typeof change.to === 'function' ? 'another' : change.to === '' ? 'empty' : `= \`${String(change.to)}\``}`;
  }
}

function table([head = [], ...rows]: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n');
}

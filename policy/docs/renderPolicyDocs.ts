import { levelsOf, RULE_GROUPS, type Controls, type Rule } from '../rule.ts';

/** The page docs/policy.md: every rule as it is, and nothing else. @param rules in the order in which they judge */
export function renderPolicyDocs(rules: readonly Rule[]): string {
  return `${[
    '# Policies',
    'Written by `npm run policy:docs` from the rules in `policy/rules/`. Change those, not this page: a test holds it equal to them.',
    'Azure Policy ids are those of the built-in definitions that judge the same in Azure, for a site and for a slot where there is one for each. MCSB is the Microsoft cloud security benchmark v1, CIS the CIS Microsoft Azure ' +
      'Foundations Benchmark 3.0.0; both as Microsoft maps them to these definitions. "Blocks unknown": a value that a preview does not know stops the preview as a wrong one does; otherwise it is reported, and judged in the update: by a rule on single resources before the resource is changed.',
    ...RULE_GROUPS.flatMap((group) => {
      const own = rules.filter((rule) => rule.group === group);
      return [`## ${group}`, table([['rule', 'what it holds', 'severity', 'level'], ...own.map(({ name, displayName, severity, enforcementLevel }) => [`[${name}](#${name})`, displayName, severity, enforcementLevel])]), ...own.flatMap(sectionOf)];
    }),
  ].join('\n\n')}\n`;
}

function sectionOf(rule: Rule): string[] {
  return [
    `### ${rule.name}`,
    `${rule.description} [Documentation](${rule.url})`,
    table([
      ['', ''],
      ['Severity', rule.severity],
      ['Level without configuration', `${rule.enforcementLevel}; selectable: ${levelsOf(rule).join(', ')}`],
      ['Judges', rule.kind === 'resource' ? 'single resources, before the change' : 'the whole stack, after the preview and after the update'],
      ['Blocks unknown', rule.blocksOnUnknown ? 'yes' : 'no'],
      ...(rule.settings ?? []).map(({ name, description, default: value, minimum, maximum }) => [`Setting \`${name}\``, `${description} ${minimum} to ${maximum}, by default ${value}.`]),
      ...controlRows(rule.controls),
      ...(rule.framework === undefined ? [] : [['Framework', `${rule.framework.name} ${rule.framework.version}, ${rule.framework.reference}`]]),
      ['To do', rule.remediationSteps],
    ]),
  ];
}

function controlRows({ mcsb, cis, azurePolicy }: Controls): string[][] {
  return [
    ...(mcsb === undefined ? [] : [['MCSB', mcsb.join(', ')]]),
    ...(cis === undefined ? [] : [['CIS', cis.join(', ')]]),
    ...(azurePolicy === undefined ? [] : [['Azure Policy', Object.entries(azurePolicy).map(([what, id]) => `${what} \`${id}\``).join(', ')]]),
  ];
}

function table([head = [], ...rows]: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('*', '\\*')).join(' | ')} |`).join('\n');
}

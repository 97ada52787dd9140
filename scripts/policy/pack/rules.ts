import type { AnalyzerInfo, PolicyInfo } from '@pulumi/pulumi/proto/analyzer_pb.js';
import { z } from 'zod';
import type { ReportRule } from '../report.ts';
import type { Level, PackConfiguration } from './configuration.ts';

/** A rule of the pack, as the pack itself tells it. */
export interface PackRule extends Omit<ReportRule, 'levels'> {
  /** On single resources, or on the whole stack. */
  readonly kind: 'resource' | 'stack';
}

/** Source: pulumi/pulumi, proto/pulumi/analyzer.proto, PolicySeverity and PolicyType. */
const SEVERITIES = ['', 'low', 'medium', 'high', 'critical'] as const;
const KINDS = ['', 'resource', 'stack'] as const;
/** The policy that judges nothing: its configuration limits the levels of the rules by group. */
const GROUPS_POLICY = 'groups';
const groupSchema = z.enum(['stateless', 'security', 'operations', 'tools']);
const groupLevelSchema = z.enum(['asConfigured', 'advisory', 'disabled']);

/** The rules that the pack says it has, in its order. @throws Error when it says something that this version does not understand */
export function rulesOf({ policiesList }: Pick<AnalyzerInfo.AsObject, 'policiesList'>): readonly PackRule[] {
  return policiesList.filter(({ name }) => name !== GROUPS_POLICY).map((policy) => {
    const [group, ...controls] = policy.tagsList;
    const kind = KINDS[policy.policyType];
    const severity = SEVERITIES[policy.severity];
    if (!kind || !severity) throw new Error(`The pack says of ${policy.name} neither a kind nor a severity that this version knows.`);
    return {
      id: policy.name,
      kind,
      title: policy.displayname,
      description: policy.description,
      group: groupSchema.parse(group),
      severity,
      controls: controlsOf(controls, policy.framework),
      remediation: policy.remediationSteps,
      url: policy.url,
    };
  });
}

/** The pack names each control in a tag, because the engine has one framework for a rule. */
function controlsOf(tags: readonly string[], framework: PolicyInfo.AsObject['framework']): ReportRule['controls'] {
  const behind = (prefix: string): string[] => tags.filter((tag) => tag.startsWith(prefix)).map((tag) => tag.slice(prefix.length));
  const controls = {
    mcsb: behind('mcsb:'),
    cis: behind('cis:'),
    azurePolicy: behind('azure-policy:').map((tag) => {
      const [what = '', id = ''] = tag.split(':');
      return { what, id };
    }),
  };
  // With a control in these catalogues the framework says the same once more.
  if (tags.length > 0 || framework === undefined) return controls;
  return { ...controls, other: `${framework.name} ${framework.version}, ${framework.reference}` };
}

/**
 * The level at which each rule stands for a stack, with what `groups` lets through.
 * A group at `advisory` makes no rule of it stricter than that, as the pack itself does.
 */
export function levelsOf(rules: readonly PackRule[], configuration: PackConfiguration): ReadonlyMap<string, Level> {
  const groups = configuration.get(GROUPS_POLICY)?.properties ?? {};
  return new Map(rules.map(({ id, group }) => [id, limit(configuration.get(id)?.level ?? 'mandatory', groupLevelSchema.parse(groups[group] ?? 'asConfigured'))] as const));
}

function limit(level: Level, group: z.output<typeof groupLevelSchema>): Level {
  if (level === 'disabled' || group === 'disabled') return 'disabled';
  return group === 'advisory' ? 'advisory' : level;
}

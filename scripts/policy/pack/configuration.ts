import type { AnalyzerInfo } from '@pulumi/pulumi/proto/analyzer_pb.js';
import type { JavaScriptValue } from 'google-protobuf/google/protobuf/struct_pb.js';
import { z } from 'zod';
import { CommandError } from '../../commandError.ts';

/** Source: pulumi/pulumi, proto/pulumi/analyzer.proto, EnforcementLevel. */
export const LEVELS = { advisory: 0, mandatory: 1, disabled: 2, remediate: 3 } as const;
export type Level = keyof typeof LEVELS;
const LEVEL_NAMES = ['advisory', 'mandatory', 'disabled', 'remediate'] as const;

/** @param value a number of the interface @throws Error when it is none of those that there are */
export function levelOf(value: number): Level {
  const level = LEVEL_NAMES[value];
  if (level === undefined) throw new Error(`The pack answered with the level ${value}, which this version does not know.`);
  return level;
}

/** Level and settings of each policy of a pack, by its name. */
export type PackConfiguration = ReadonlyMap<string, { readonly level: Level; readonly properties: Readonly<Record<string, JavaScriptValue>> }>;

const level = z.enum(LEVEL_NAMES);
const configurationSchema = z.record(z.string(), z.union([level, z.looseObject({ enforcementLevel: level.optional() })]));
const ALL = 'all';

/**
 * The configuration as the engine makes it of a file: the defaults of the pack, then `all`, then what is said of each policy.
 * Source: pulumi/pulumi, pkg/resource/analyzer, ReconcilePolicyPackConfig.
 * @param text policy/config/<stack>.json
 * @param info what the pack says of its policies
 * @throws CommandError POLICY_CONFIGURATION_INVALID naming the policy, and what is allowed
 */
export function readConfiguration(text: string, { file, info }: { readonly file: string; readonly info: Pick<AnalyzerInfo.AsObject, 'policiesList'> }): PackConfiguration {
  const given = parse(text, file);
  const all = given[ALL];
  const levelOfAll = typeof all === 'string' ? all : all?.enforcementLevel;
  const known = new Set(info.policiesList.map(({ name }) => name));
  const unknown = Object.keys(given).filter((name) => name !== ALL && !known.has(name));
  if (unknown.length > 0) throw invalid(file, `names ${unknown.join(', ')}, which the pack does not have; docs/policy.md lists those that it has`);
  return new Map(info.policiesList.map(({ name, enforcementlevel }) => {
    const own = given[name];
    const { enforcementLevel = undefined, ...properties } = typeof own === 'object' ? own : { enforcementLevel: own };
    return [name, { level: enforcementLevel ?? levelOfAll ?? levelOf(enforcementlevel), properties: properties as Record<string, JavaScriptValue> }] as const;
  }));
}

function parse(text: string, file: string): z.output<typeof configurationSchema> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw invalid(file, `is no JSON: ${(error as Error).message}`);
  }
  const parsed = configurationSchema.safeParse(json);
  if (!parsed.success) throw invalid(file, `has at ${parsed.error.issues.map(({ path }) => path.join('.')).join(', ')} what is neither a level (${LEVEL_NAMES.join(', ')}) nor an object with enforcementLevel and settings`);
  return parsed.data;
}

function invalid(file: string, problem: string): CommandError {
  return new CommandError('POLICY_CONFIGURATION_INVALID', `${file} ${problem}. Correct it, then run the command again.`);
}

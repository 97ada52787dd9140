import type { AnalyzeResponse } from '@pulumi/pulumi/proto/analyzer_pb.js';
import { PACK_FOLDER, startPack as startPackProcess, type PackProcess as Process, type Properties } from '../../scripts/policy/pack/packProcess.ts';
import type { Level } from '../../scripts/policy/pack/configuration.ts';

export { LEVELS } from '../../scripts/policy/pack/configuration.ts';

/** The pack as `npm run policy` starts it, with URNs, levels and settings as tests need them. */
export interface PackProcess extends Pick<Process, 'info' | 'close'> {
  /** Levels and settings by the name of a rule; the rest is as the pack has it. */
  configure(config: PackConfig): Promise<void>;
  analyze(type: string, props: Properties, name?: string): Promise<AnalyzeResponse.AsObject>;
  analyzeStack(resources: readonly StackPart[]): Promise<AnalyzeResponse.AsObject>;
  /** The inputs after all remediations, by the rule that changed them. */
  remediate(type: string, props: Properties): Promise<Record<string, unknown>>;
}

/** A resource of a stack; others are referred to by their name or, where it is not the only one of that name, by `type name`. */
export interface StackPart {
  readonly type: string;
  readonly name: string;
  readonly props: Properties;
  /** For each input, the resources that it was made from. */
  readonly madeFrom?: Readonly<Record<string, readonly string[]>>;
  /** All resources that it depends on. */
  readonly dependsOn?: readonly string[];
}

export type PackConfig = Readonly<Record<string, { readonly level?: Level; readonly properties?: Properties }>>;
const STACK = 'staging';

/**
 * @param folder the pack, for one that differs from the shipped one
 * @param stack name of the stack that it judges
 */
export async function startPack(folder = PACK_FOLDER, stack = STACK): Promise<PackProcess> {
  const pack = await startPackProcess(folder);
  const urnOf = (type: string, name: string): string => `urn:pulumi:${stack}::mcp-app-service::${type}::${name}`;
  const resourceOf = (type: string, properties: Properties, name = 'app') => ({ urn: urnOf(type, name), type, name, properties });
  return {
    info: pack.info,
    close: pack.close,
    configure: (config) => pack.configure(new Map(Object.entries(config).map(([name, { level = 'mandatory', properties = {} }]) => [name, { level, properties }] as const))),
    analyze: (type, props, name) => pack.analyze(resourceOf(type, props, name)),
    analyzeStack: (resources) => {
      const urns = new Map(resources.flatMap(({ type, name }) => [name, `${type} ${name}`].map((key) => [key, urnOf(type, name)] as const)));
      const urnsOf = (names: readonly string[]): string[] => names.map((of) => urns.get(of) ?? '');
      return pack.analyzeStack(resources.map(({ type, name, props, madeFrom = {}, dependsOn = [] }) => ({
        ...resourceOf(type, props, name),
        dependencies: urnsOf(dependsOn),
        propertyDependencies: Object.fromEntries(Object.entries(madeFrom).map(([input, names]) => [input, urnsOf(names)])),
      })));
    },
    remediate: (type, props) => pack.remediate(resourceOf(type, props)),
  };
}

import type { AnalyzeResponse } from '@pulumi/pulumi/proto/analyzer_pb.js';
import { PACK_FOLDER, startPack as startPackProcess, type PackProcess as Process, type Properties } from '../../scripts/policy/pack/packProcess.ts';
import type { Level } from '../../scripts/policy/pack/configuration.ts';

export { LEVELS } from '../../scripts/policy/pack/configuration.ts';

/** The pack as `npm run policy` starts it, with URNs, levels and settings as tests need them. */
export interface PackProcess extends Pick<Process, 'info' | 'close'> {
  /** Levels and settings by the name of a rule; the rest is as the pack has it. */
  configure(config: PackConfig): Promise<void>;
  analyze(type: string, props: Properties, name?: string): Promise<AnalyzeResponse.AsObject>;
  analyzeStack(resources: readonly { type: string; name: string; props: Properties; madeFrom?: Readonly<Record<string, readonly string[]>> }[]): Promise<AnalyzeResponse.AsObject>;
  /** The inputs after all remediations, by the rule that changed them. */
  remediate(type: string, props: Properties): Promise<Record<string, unknown>>;
}

export type PackConfig = Readonly<Record<string, { readonly level?: Level; readonly properties?: Properties }>>;
const STACK = 'staging';

/**
 * @param folder the pack, for one that differs from the shipped one
 */
export async function startPack(folder = PACK_FOLDER): Promise<PackProcess> {
  const pack = await startPackProcess(folder);
  const urnOf = (type: string, name: string): string => `urn:pulumi:${STACK}::mcp-app-service::${type}::${name}`;
  const resourceOf = (type: string, properties: Properties, name = 'app') => ({ urn: urnOf(type, name), type, name, properties });
  return {
    info: pack.info,
    close: pack.close,
    configure: (config) => pack.configure(new Map(Object.entries(config).map(([name, { level = 'mandatory', properties = {} }]) => [name, { level, properties }] as const))),
    analyze: (type, props, name) => pack.analyze(resourceOf(type, props, name)),
    analyzeStack: (resources) => {
      const urns = new Map(resources.map(({ type, name }) => [name, urnOf(type, name)]));
      return pack.analyzeStack(resources.map(({ type, name, props, madeFrom = {} }) => ({
        ...resourceOf(type, props, name),
        dependencies: [],
        propertyDependencies: Object.fromEntries(Object.entries(madeFrom).map(([input, names]) => [input, names.map((of) => urns.get(of) ?? '')])),
      })));
    },
    remediate: (type, props) => pack.remediate(resourceOf(type, props)),
  };
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { credentials } from '@grpc/grpc-js';
import { AnalyzerClient } from '@pulumi/pulumi/proto/analyzer_grpc_pb.js';
import analyzer, { type AnalyzeRequest, type AnalyzeResponse, type AnalyzerInfo, type RemediateResponse } from '@pulumi/pulumi/proto/analyzer_pb.js';
import empty, { type Empty } from 'google-protobuf/google/protobuf/empty_pb.js';
import struct, { type JavaScriptValue } from 'google-protobuf/google/protobuf/struct_pb.js';

/** The pack as the engine runs it: a process of its own that serves Pulumi's Analyzer interface. */
export interface PackProcess {
  info(): Promise<AnalyzerInfo.AsObject>;
  /** Levels and settings by the name of a rule, as the engine reads them from a configuration file. */
  configure(config: PackConfig): Promise<void>;
  analyze(type: string, props: Props, name?: string): Promise<AnalyzeResponse.AsObject>;
  analyzeStack(resources: readonly StackPart[]): Promise<AnalyzeResponse.AsObject>;
  /** The inputs after all remediations, by the rule that changed them. */
  remediate(type: string, props: Props): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

/** A resource of a stack; others are referred to by their name or, where it is not the only one of that name, by `type name`. */
export interface StackPart {
  readonly type: string;
  readonly name: string;
  readonly props: Props;
  /** For each input, the resources that it was made from. */
  readonly madeFrom?: Readonly<Record<string, readonly string[]>>;
  /** All resources that it depends on. */
  readonly dependsOn?: readonly string[];
}

type Props = Readonly<Record<string, JavaScriptValue>>;
/** Source: pulumi/pulumi, proto/pulumi/analyzer.proto, EnforcementLevel. */
export const LEVELS = { advisory: 0, mandatory: 1, disabled: 2, remediate: 3 } as const;
export type PackConfig = Readonly<Record<string, { readonly level?: keyof typeof LEVELS; readonly properties?: Props }>>;
const STACK = 'staging';

/**
 * @param folder the pack, for one that differs from the shipped one
 * @param stack name of the stack that it judges
 */
export async function startPack(folder = fileURLToPath(new URL('../../policy/', import.meta.url)), stack = STACK): Promise<PackProcess> {
  const runner = createRequire(import.meta.url).resolve('@pulumi/pulumi/cmd/run-policy-pack');
  const child = spawn(process.execPath, [runner, '127.0.0.1:1', '.'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const [port] = (await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    exited.then(([code]) => { throw new Error(`The pack ended with code ${String(code)} before it listened.`); }),
  ])) as [string];
  const client = new AnalyzerClient(`127.0.0.1:${port}`, credentials.createInsecure());
  const analyze = promisify<AnalyzeRequest, AnalyzeResponse>((request, callback) => { client.analyze(request, callback); });
  const getInfo = promisify<AnalyzerInfo>((callback) => { client.getAnalyzerInfo(new empty.Empty(), callback); });
  const urnOf = (type: string, name: string): string => `urn:pulumi:${stack}::mcp-app-service::${type}::${name}`;
  const options = (): InstanceType<typeof analyzer.AnalyzerResourceOptions> => {
    const made = new analyzer.AnalyzerResourceOptions();
    made.setCustomtimeouts(new analyzer.AnalyzerResourceOptions.CustomTimeouts());
    return made;
  };
  const requestOf = (type: string, props: Props, name = 'app'): AnalyzeRequest => {
    const request = new analyzer.AnalyzeRequest();
    request.setType(type);
    request.setName(name);
    request.setUrn(urnOf(type, name));
    request.setOptions(options());
    request.setProperties(struct.Struct.fromJavaScript({ ...props }));
    return request;
  };
  return {
    info: async () => (await getInfo()).toObject(),
    configure: async (config) => {
      const request = new analyzer.ConfigureAnalyzerRequest();
      for (const [name, { level, properties = {} }] of Object.entries(config)) {
        const one = new analyzer.PolicyConfig();
        one.setEnforcementlevel(LEVELS[level ?? 'mandatory']);
        one.setProperties(struct.Struct.fromJavaScript({ ...properties }));
        request.getPolicyconfigMap().set(name, one);
      }
      await promisify<typeof request, Empty>((given, callback) => { client.configure(given, callback); })(request);
    },
    analyze: async (type, props, name) => (await analyze(requestOf(type, props, name))).toObject(),
    analyzeStack: async (resources) => {
      const urns = new Map(resources.flatMap(({ type, name }) => [name, `${type} ${name}`].map((key) => [key, urnOf(type, name)] as const)));
      const request = new analyzer.AnalyzeStackRequest();
      request.setResourcesList(resources.map(({ type, name, props, madeFrom = {}, dependsOn = [] }) => {
        const one = new analyzer.AnalyzerResource();
        one.setType(type);
        one.setName(name);
        one.setUrn(urnOf(type, name));
        one.setOptions(options());
        one.setProperties(struct.Struct.fromJavaScript({ ...props }));
        one.setDependenciesList(dependsOn.map((of) => urns.get(of) ?? ''));
        for (const [input, names] of Object.entries(madeFrom)) {
          const dependencies = new analyzer.AnalyzerPropertyDependencies();
          dependencies.setUrnsList(names.map((of) => urns.get(of) ?? ''));
          one.getPropertydependenciesMap().set(input, dependencies);
        }
        return one;
      }));
      return (await promisify<typeof request, AnalyzeResponse>((given, callback) => { client.analyzeStack(given, callback); })(request)).toObject();
    },
    remediate: async (type, props) => {
      const response = await promisify<AnalyzeRequest, RemediateResponse>((given, callback) => { client.remediate(given, callback); })(requestOf(type, props));
      return Object.fromEntries(response.getRemediationsList().map((one) => [one.getPolicyname(), one.getProperties()?.toJavaScript()]));
    },
    close: async () => {
      client.close();
      child.kill();
      await exited;
    },
  };
}

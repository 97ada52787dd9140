import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { credentials } from '@grpc/grpc-js';
import { AnalyzerClient } from '@pulumi/pulumi/proto/analyzer_grpc_pb.js';
import analyzer, { type AnalyzeRequest, type AnalyzeResponse, type AnalyzerInfo, type RemediateResponse } from '@pulumi/pulumi/proto/analyzer_pb.js';
import empty, { type Empty } from 'google-protobuf/google/protobuf/empty_pb.js';
import struct, { type JavaScriptValue } from 'google-protobuf/google/protobuf/struct_pb.js';
import { projectDir } from '../../cloud/folders.ts';
import { CommandError } from '../../commandError.ts';
import { LEVELS, type PackConfiguration } from './configuration.ts';

/** Properties as the engine hands them to a pack: JSON, in which fixed strings stand for what is not known. */
export type Properties = Readonly<Record<string, JavaScriptValue>>;

/** A resource as rules on single resources see it: its inputs. */
export interface AnalyzedResource {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly properties: Properties;
  readonly options?: { readonly protect?: boolean; readonly parent?: string; readonly additionalSecretOutputs?: readonly string[]; readonly aliases?: readonly string[] };
}

/** A resource as rules on the whole stack see it: its outputs, and what it was made from. */
export interface AnalyzedStackResource extends AnalyzedResource {
  readonly dependencies: readonly string[];
  /** URNs by input. */
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
}

/** The pack as the engine runs it: a process of its own that serves Pulumi's Analyzer interface. Source: pulumi/pulumi, proto/pulumi/analyzer.proto. */
export interface PackProcess {
  info(): Promise<AnalyzerInfo.AsObject>;
  /** Takes levels and settings by the name of a rule; what it was given before is forgotten. */
  configure(configuration: PackConfiguration): Promise<void>;
  analyze(resource: AnalyzedResource): Promise<AnalyzeResponse.AsObject>;
  analyzeStack(resources: readonly AnalyzedStackResource[]): Promise<AnalyzeResponse.AsObject>;
  /** The inputs after all remediations, by the rule that changed them. */
  remediate(resource: AnalyzedResource): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

/** The pack of this checkout. */
export const PACK_FOLDER = join(projectDir, 'policy');
/** What the pack says when it does not start is short. */
const KEPT_LINES = 20;

/**
 * Starts the pack. It needs no engine, so that any version of the CLI will do.
 * @param folder the pack, for one that differs from the shipped one
 * @throws CommandError POLICY_PACK_FAILED with what the pack said, when it does not start
 */
export async function startPack(folder = PACK_FOLDER): Promise<PackProcess> {
  const runner = createRequire(import.meta.url).resolve('@pulumi/pulumi/cmd/run-policy-pack');
  // The first argument is the address of an engine, to which the pack would log; there is none.
  const child = spawn(process.execPath, [runner, '127.0.0.1:1', '.'], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const said: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => { if (said.push(line) > KEPT_LINES) said.shift(); });
  const exited = once(child, 'close');
  const [port] = (await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    exited.then(([code]) => { throw new CommandError('POLICY_PACK_FAILED', `The policy pack in ${folder} ended with code ${String(code)} before it listened:\n${said.join('\n')}`); }),
  ])) as [string];
  const client = new AnalyzerClient(`127.0.0.1:${port}`, credentials.createInsecure());
  const getInfo = promisify<AnalyzerInfo>((callback) => { client.getAnalyzerInfo(new empty.Empty(), callback); });
  return {
    info: async () => (await getInfo()).toObject(),
    configure: async (configuration) => {
      const request = new analyzer.ConfigureAnalyzerRequest();
      for (const [name, { level, properties }] of configuration) {
        const one = new analyzer.PolicyConfig();
        one.setEnforcementlevel(LEVELS[level]);
        one.setProperties(struct.Struct.fromJavaScript({ ...properties }));
        request.getPolicyconfigMap().set(name, one);
      }
      await promisify<typeof request, Empty>((given, callback) => { client.configure(given, callback); })(request);
    },
    analyze: async (resource) => (await promisify<AnalyzeRequest, AnalyzeResponse>((request, callback) => { client.analyze(request, callback); })(requestOf(resource))).toObject(),
    analyzeStack: async (resources) => {
      const request = new analyzer.AnalyzeStackRequest();
      request.setResourcesList(resources.map(toMessage));
      return (await promisify<typeof request, AnalyzeResponse>((given, callback) => { client.analyzeStack(given, callback); })(request)).toObject();
    },
    remediate: async (resource) => {
      const response = await promisify<AnalyzeRequest, RemediateResponse>((request, callback) => { client.remediate(request, callback); })(requestOf(resource));
      return Object.fromEntries(response.getRemediationsList().map((one) => [one.getPolicyname(), one.getProperties()?.toJavaScript()]));
    },
    close: async () => {
      client.close();
      child.kill();
      await exited;
    },
  };
}

function requestOf(resource: AnalyzedResource): AnalyzeRequest {
  const request = new analyzer.AnalyzeRequest();
  request.setType(resource.type);
  request.setName(resource.name);
  request.setUrn(resource.urn);
  request.setOptions(optionsOf(resource));
  request.setProperties(struct.Struct.fromJavaScript({ ...resource.properties }));
  return request;
}

function toMessage(resource: AnalyzedStackResource): InstanceType<typeof analyzer.AnalyzerResource> {
  const message = new analyzer.AnalyzerResource();
  message.setType(resource.type);
  message.setName(resource.name);
  message.setUrn(resource.urn);
  message.setOptions(optionsOf(resource));
  message.setProperties(struct.Struct.fromJavaScript({ ...resource.properties }));
  message.setParent(resource.options?.parent ?? '');
  message.setDependenciesList([...resource.dependencies]);
  for (const [input, urns] of Object.entries(resource.propertyDependencies)) {
    const dependencies = new analyzer.AnalyzerPropertyDependencies();
    dependencies.setUrnsList([...urns]);
    message.getPropertydependenciesMap().set(input, dependencies);
  }
  return message;
}

/** The SDK refuses a resource without options. */
function optionsOf({ options = {} }: AnalyzedResource): InstanceType<typeof analyzer.AnalyzerResourceOptions> {
  const message = new analyzer.AnalyzerResourceOptions();
  message.setCustomtimeouts(new analyzer.AnalyzerResourceOptions.CustomTimeouts());
  message.setProtect(options.protect ?? false);
  message.setParent(options.parent ?? '');
  message.setAdditionalsecretoutputsList([...(options.additionalSecretOutputs ?? [])]);
  message.setAliasesList([...(options.aliases ?? [])]);
  return message;
}

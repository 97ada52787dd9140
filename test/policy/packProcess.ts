import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { credentials } from '@grpc/grpc-js';
import { AnalyzerClient } from '@pulumi/pulumi/proto/analyzer_grpc_pb.js';
import analyzer, { type AnalyzeRequest, type AnalyzeResponse, type AnalyzerInfo } from '@pulumi/pulumi/proto/analyzer_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import struct, { type JavaScriptValue } from 'google-protobuf/google/protobuf/struct_pb.js';

/** The pack as the engine runs it: a process of its own that serves Pulumi's Analyzer interface. */
export interface PackProcess {
  info(): Promise<AnalyzerInfo.AsObject>;
  analyze(type: string, props: Readonly<Record<string, JavaScriptValue>>): Promise<AnalyzeResponse.AsObject>;
  close(): Promise<void>;
}

export async function startPack(): Promise<PackProcess> {
  const runner = createRequire(import.meta.url).resolve('@pulumi/pulumi/cmd/run-policy-pack');
  const child = spawn(process.execPath, [runner, '127.0.0.1:1', '.'], { cwd: fileURLToPath(new URL('../../policy/', import.meta.url)), stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const [port] = (await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    exited.then(([code]) => { throw new Error(`The pack ended with code ${String(code)} before it listened.`); }),
  ])) as [string];
  const client = new AnalyzerClient(`127.0.0.1:${port}`, credentials.createInsecure());
  const analyze = promisify<AnalyzeRequest, AnalyzeResponse>((request, callback) => { client.analyze(request, callback); });
  const getInfo = promisify<AnalyzerInfo>((callback) => { client.getAnalyzerInfo(new empty.Empty(), callback); });
  return {
    info: async () => (await getInfo()).toObject(),
    analyze: async (type, props) => {
      const request = new analyzer.AnalyzeRequest();
      request.setType(type);
      request.setName('app');
      request.setUrn(`urn:pulumi:test::mcp-app-service::${type}::app`);
      const options = new analyzer.AnalyzerResourceOptions();
      options.setCustomtimeouts(new analyzer.AnalyzerResourceOptions.CustomTimeouts());
      request.setOptions(options);
      request.setProperties(struct.Struct.fromJavaScript({ ...props }));
      return (await analyze(request)).toObject();
    },
    close: async () => {
      client.close();
      child.kill();
      await exited;
    },
  };
}

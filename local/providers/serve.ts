import { randomBytes } from 'node:crypto';
import grpc from '@grpc/grpc-js';
import emptyProto from 'google-protobuf/google/protobuf/empty_pb.js';
import structProto from 'google-protobuf/google/protobuf/struct_pb.js';
import pluginProto from '@pulumi/pulumi/proto/plugin_pb.js';
import providerRpc from '@pulumi/pulumi/proto/provider_grpc_pb.js';
import providerProto from '@pulumi/pulumi/proto/provider_pb.js';
import type { LocalContext } from '../core/context.ts';
import { LOOPBACK, PortInUseError } from '../core/listeners.ts';
import type { JsonObject } from '../arm/types.ts';
import type { PropertyChange } from './values.ts';

/** Configuration of one engine connection, for instance `location`. */
export type ProviderConfiguration = Readonly<Record<string, string>>;

export interface CheckFailure { readonly property: string; readonly reason: string }

export interface DiffResult {
  readonly changes: readonly PropertyChange[];
  /** Top-level input names whose change replaces the resource. */
  readonly replaces: readonly string[];
  readonly deleteBeforeReplace: boolean;
}

/** One provider as the engine drives it. Inputs and outputs are plain JSON with the wire's marks (see values.ts). */
export interface EngineProvider {
  readonly name: string;
  readonly version: string;
  check(request: { type: string; name: string; olds: JsonObject | undefined; news: JsonObject; randomSeed: Uint8Array; configuration: ProviderConfiguration }): { inputs: JsonObject; failures: CheckFailure[] };
  diff(request: { type: string; oldInputs: JsonObject; newInputs: JsonObject }): DiffResult;
  /** What a preview can tell of the outputs before anything exists. */
  preview(request: { type: string; inputs: JsonObject; id: string | undefined; outputs: JsonObject | undefined }): JsonObject;
  create(request: { type: string; inputs: JsonObject; configuration: ProviderConfiguration }): Promise<{ id: string; outputs: JsonObject }>;
  /** @returns undefined when the resource is gone. `inputs` is empty at an import. */
  read(request: { type: string; id: string; inputs: JsonObject; outputs: JsonObject }): Promise<{ id: string; inputs: JsonObject; outputs: JsonObject } | undefined>;
  update(request: { type: string; id: string; inputs: JsonObject; outputs: JsonObject; configuration: ProviderConfiguration }): Promise<JsonObject>;
  delete(request: { type: string; id: string; inputs: JsonObject; outputs: JsonObject }): Promise<void>;
  invoke(token: string, input: JsonObject): Promise<JsonObject>;
  /**
   * Finds what a create that was cut off may have made. The engine knows its inputs then, and not its id.
   * @returns undefined when there is no such resource, or when the inputs do not tell which it is
   */
  locate(request: { type: string; inputs: JsonObject }): Promise<string | undefined>;
}

export interface ServedProvider {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves a provider to engines that attach through PULUMI_DEBUG_PROVIDERS.
 * Several engines may be attached at once (one a stack), each with a configuration of its own: it is kept by connection.
 * To methods that are not served gRPC answers with the status for absent methods, by which the engine knows the older protocol.
 */
export async function serveProvider(context: LocalContext, provider: EngineProvider): Promise<ServedProvider> {
  const configurations = new Map<string, ProviderConfiguration>();
  const configurationOf = (peer: string): ProviderConfiguration => configurations.get(peer) ?? {};
  const server = new grpc.Server({ 'grpc.max_receive_message_length': 400 * 1024 * 1024, 'grpc.max_send_message_length': 400 * 1024 * 1024 });
  const handlers = {
    attach: unary<pluginMessage, unknown>(context, () => Promise.resolve(new emptyProto.Empty())),
    cancel: unary<pluginMessage, unknown>(context, () => Promise.resolve(new emptyProto.Empty())),
    getPluginInfo: unary<pluginMessage, unknown>(context, () => {
      const info = new pluginProto.PluginInfo();
      info.setVersion(provider.version);
      return Promise.resolve(info);
    }),
    checkConfig: unary<providerProto.CheckRequest, unknown>(context, (request) => {
      const response = new providerProto.CheckResponse();
      response.setInputs(request.getNews());
      return Promise.resolve(response);
    }),
    diffConfig: unary<unknown, unknown>(context, () => Promise.resolve(new providerProto.DiffResponse())),
    configure: unary<providerProto.ConfigureRequest, unknown>(context, (request, peer) => {
      const entries: [string, string][] = [];
      request.getVariablesMap().forEach((value: string, key: string) => entries.push([key.split(':').at(-1) ?? key, value]));
      configurations.set(peer, Object.fromEntries(entries));
      const response = new providerProto.ConfigureResponse();
      response.setSupportspreview(true);
      return Promise.resolve(response);
    }),
    check: unary<providerProto.CheckRequest, unknown>(context, (request, peer) => {
      const result = provider.check({
        type: typeOf(request),
        name: nameOf(request),
        olds: hasFields(request.getOlds()) ? fromStruct(request.getOlds()) : undefined,
        news: fromStruct(request.getNews()),
        randomSeed: request.getRandomseed_asU8().length > 0 ? request.getRandomseed_asU8() : randomBytes(32),
        configuration: configurationOf(peer),
      });
      const response = new providerProto.CheckResponse();
      response.setInputs(toStruct(result.inputs));
      for (const { property, reason } of result.failures) {
        const failure = new providerProto.CheckFailure();
        failure.setProperty(property);
        failure.setReason(reason);
        response.addFailures(failure);
      }
      return Promise.resolve(response);
    }),
    diff: unary<providerProto.DiffRequest, unknown>(context, (request) => {
      const oldInputs = hasFields(request.getOldInputs()) ? request.getOldInputs() : request.getOlds();
      const result = provider.diff({ type: typeOf(request), oldInputs: fromStruct(oldInputs), newInputs: fromStruct(request.getNews()) });
      return Promise.resolve(toDiffResponse(result));
    }),
    create: unary<providerProto.CreateRequest, unknown>(context, async (request, peer) => {
      const type = typeOf(request);
      const inputs = fromStruct(request.getProperties());
      const response = new providerProto.CreateResponse();
      if (request.getPreview()) {
        response.setProperties(toStruct(provider.preview({ type, inputs, id: undefined, outputs: undefined })));
        return response;
      }
      const { id, outputs } = await provider.create({ type, inputs, configuration: configurationOf(peer) });
      response.setId(id);
      response.setProperties(toStruct(outputs));
      return response;
    }),
    read: unary<providerProto.ReadRequest, unknown>(context, async (request) => {
      const response = new providerProto.ReadResponse();
      const found = await provider.read({ type: typeOf(request), id: request.getId(), inputs: fromStruct(request.getInputs()), outputs: fromStruct(request.getProperties()) });
      if (!found) return response; // an empty id says that the resource is gone
      response.setId(found.id);
      response.setProperties(toStruct(found.outputs));
      response.setInputs(toStruct(found.inputs));
      return response;
    }),
    update: unary<providerProto.UpdateRequest, unknown>(context, async (request, peer) => {
      const type = typeOf(request);
      const id = request.getId();
      const inputs = fromStruct(request.getNews());
      const outputs = fromStruct(request.getOlds());
      const response = new providerProto.UpdateResponse();
      response.setProperties(toStruct(request.getPreview()
        ? provider.preview({ type, inputs, id, outputs })
        : await provider.update({ type, id, inputs, outputs, configuration: configurationOf(peer) })));
      return response;
    }),
    delete: unary<providerProto.DeleteRequest, unknown>(context, async (request) => {
      await provider.delete({ type: typeOf(request), id: request.getId(), inputs: fromStruct(request.getOldInputs()), outputs: fromStruct(request.getProperties()) });
      return new emptyProto.Empty();
    }),
    invoke: unary<providerProto.InvokeRequest, unknown>(context, async (request) => {
      const response = new providerProto.InvokeResponse();
      response.setReturn(toStruct(await provider.invoke(request.getTok(), fromStruct(request.getArgs()))));
      return response;
    }),
  };
  server.addService((providerRpc as unknown as { ResourceProviderService: grpc.ServiceDefinition }).ResourceProviderService, handlers);
  const port = await bind(context, server, `provider:${provider.name}`);
  return {
    port,
    close: async () => server.forceShutdown(),
  };
}

type pluginMessage = unknown;

/** Wraps an async handler into gRPC's callback form. What it throws becomes the message the engine prints. */
function unary<Request, Response>(context: LocalContext, handler: (request: Request, peer: string) => Promise<Response>) {
  return (call: { request: Request; getPeer(): string }, callback: (error: { code: number; message: string } | null, response?: Response) => void): void => {
    Promise.resolve()
      .then(() => handler(call.request, call.getPeer()))
      .then(
        (response) => callback(null, response),
        (error: unknown) => {
          context.log.debug({ err: error }, 'a provider call failed');
          callback({ code: grpc.status.UNKNOWN, message: error instanceof Error ? error.message : String(error) });
        },
      );
  };
}

function bind(context: LocalContext, server: grpc.Server, name: string): Promise<number> {
  return context.listeners.claim(name, (wanted) => new Promise((resolve, reject) => {
    server.bindAsync(`${LOOPBACK}:${wanted}`, grpc.ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(wanted === 0 ? error : new PortInUseError(name, wanted));
      else resolve(bound);
    });
  }));
}

function toDiffResponse({ changes, replaces, deleteBeforeReplace }: DiffResult): providerProto.DiffResponse {
  const { DiffChanges } = providerProto.DiffResponse;
  const { Kind } = providerProto.PropertyDiff;
  const kinds = {
    add: [Kind.ADD, Kind.ADD_REPLACE],
    delete: [Kind.DELETE, Kind.DELETE_REPLACE],
    update: [Kind.UPDATE, Kind.UPDATE_REPLACE],
  } as const;
  const response = new providerProto.DiffResponse();
  response.setChanges(changes.length > 0 ? DiffChanges.DIFF_SOME : DiffChanges.DIFF_NONE);
  response.setHasdetaileddiff(true);
  response.setDeletebeforereplace(deleteBeforeReplace);
  response.setReplacesList([...replaces]);
  response.setDiffsList([...new Set(changes.map(({ path }) => topName(path)))]);
  for (const { path, kind } of changes) {
    const difference = new providerProto.PropertyDiff();
    difference.setKind(kinds[kind][replaces.includes(topName(path)) ? 1 : 0]);
    difference.setInputdiff(true);
    response.getDetaileddiffMap().set(path, difference);
  }
  return response;
}

/** The first name of a property path. */
export function topName(path: string): string {
  return /^[^.[]+/.exec(path)?.[0] ?? path;
}

function fromStruct(struct: structProto.Struct | undefined): JsonObject {
  return (struct?.toJavaScript() ?? {});
}

function hasFields(struct: structProto.Struct | undefined): boolean {
  return struct !== undefined && struct.getFieldsMap().getLength() > 0;
}

/** Struct.fromJavaScript refuses undefined; JSON drops it. */
function toStruct(value: JsonObject): structProto.Struct {
  return structProto.Struct.fromJavaScript(JSON.parse(JSON.stringify(value)) as JsonObject);
}

interface Named { getUrn(): string; getType?(): string; getName?(): string }

/** Older engines leave type and name to the URN, `urn:pulumi:stack::project::parent$type::name`. */
function typeOf(request: Named): string {
  return request.getType?.() || (request.getUrn().split('::')[2] ?? '').split('$').at(-1) || '';
}

function nameOf(request: Named): string {
  return request.getName?.() || (request.getUrn().split('::').slice(3).join('::') ?? '');
}

import { azureNativeVersion, type TypeSchema } from '../../arm/contract/declarations.ts';
import { withIdentityList } from '../../arm/contract/body.ts';
import { judge } from '../../arm/contract/judge.ts';
import type { ArmEngine, RegisteredType } from '../../arm/engine.ts';
import type { JsonObject, Resource } from '../../arm/types.ts';
import { AzureError, notSupportedLocally } from '../../core/errors.ts';
import type { ServiceClient } from '../armClient.ts';
import { topName, type CheckFailure, type EngineProvider, type ProviderConfiguration } from '../serve.ts';
import { compareInputs, containsUnknown, isUnknown, UNKNOWN, type PropertyChange } from '../values.ts';
import { autoname, CREATE_BEFORE_DELETE } from './naming.ts';
import { inputsFromOutputs, projectOntoInputs } from './projection.ts';

/** A resource that azure-native does not manage through ARM (storage.Blob is data plane only). */
export interface CustomResource {
  readonly token: string;
  check(request: { name: string; olds: JsonObject | undefined; news: JsonObject }): { inputs: JsonObject; failures: CheckFailure[] };
  readonly replaceOnChange: readonly string[];
  /** Outputs that a preview does not know before the resource exists. */
  readonly computed: readonly string[];
  idOf(inputs: JsonObject): string;
  create(inputs: JsonObject): Promise<{ id: string; outputs: JsonObject }>;
  read(id: string, inputs: JsonObject): Promise<{ inputs: JsonObject; outputs: JsonObject } | undefined>;
  update(id: string, inputs: JsonObject): Promise<JsonObject>;
  delete(id: string, inputs: JsonObject): Promise<void>;
}

/** Time between two looks at a long-running operation. */
const POLL_INTERVAL_MS = 50;
/** Azure's own operations end within this time, as azure-native's default time-out has it. */
const OPERATION_TIMEOUT_MS = 30 * 60_000;

/**
 * The azure-native provider over the local ARM: one generic mapping from token to REST, by the rows that ARM itself serves.
 * Its life cycle follows the real provider (pulumi/pulumi-azure-native, `provider/pkg/provider`): create looks first, writes, reads back;
 * diff compares inputs with inputs; refresh carries changed outputs over to the inputs.
 */
export function createAzureNativeProvider(options: {
  engine: Pick<ArmEngine, 'types'>;
  arm: ServiceClient;
  custom: readonly CustomResource[];
  clientConfig: () => { clientId: string; objectId: string; subscriptionId: string; tenantId: string };
}): EngineProvider {
  const { arm } = options;
  const byToken = (type: string): RegisteredType => {
    const found = options.engine.types.find(({ row }) => `azure-native:${row.token}` === type);
    if (found) return found;
    throw notSupportedLocally(`The resource type ${type}`);
  };
  const customByToken = (type: string): CustomResource | undefined => options.custom.find(({ token }) => `azure-native:${token}` === type);

  return {
    name: 'azure-native',
    version: azureNativeVersion,

    check({ type, name, olds, news, randomSeed, configuration }) {
      const custom = customByToken(type);
      if (custom) return custom.check({ name, olds, news });
      const registered = byToken(type);
      const inputs: JsonObject = dropNulls(news);
      const failures: CheckFailure[] = [];
      fillName(registered, name, olds, inputs, randomSeed);
      fillLocation(registered, inputs, olds, configuration, failures);
      for (const breach of judge(registered.contract.contract.inputs, withoutFlags(inputs), '', { definitions: registered.contract.contract.definitions, isUnknown })) {
        failures.push({ property: topName(breach.path), reason: breach.message });
      }
      return { inputs, failures };
    },

    diff({ type, oldInputs, newInputs }) {
      const custom = customByToken(type);
      const replaceNames = custom ? custom.replaceOnChange : replacingInputs(byToken(type));
      const changes = compareInputs(withoutFlags(oldInputs), withoutFlags(newInputs)).filter((change) => !isSameLocation(change, oldInputs, newInputs));
      const replaces = [...new Set(changes.map(({ path }) => topName(path)).filter((name) => replaceNames.includes(name)))];
      return { changes, replaces, deleteBeforeReplace: replaces.length > 0 && newInputs[CREATE_BEFORE_DELETE] !== true };
    },

    preview({ type, inputs, id, outputs }) {
      const custom = customByToken(type);
      const computed = custom ? custom.computed : (byToken(type).contract.contract.inputs['x-readOnly'] ?? []);
      const shown = withoutFlags(inputs);
      if (id === undefined) {
        const unknowns = Object.fromEntries(computed.map((name) => [name, UNKNOWN]));
        return { ...unknowns, ...shown, ...(custom ? {} : knownIdentity(byToken(type), inputs)) };
      }
      // What the service computed stays, as far as a preview can tell.
      return { ...outputs, ...shown };
    },

    async create({ type, inputs }) {
      const custom = customByToken(type);
      if (custom) return custom.create(inputs);
      const registered = byToken(type);
      const id = renderId(registered, inputs, options.clientConfig().subscriptionId);
      if (registered.row.existence === 'created' && (await readResource(arm, registered, id))) {
        throw new Error(`cannot create already existing resource '${id}'. Import it (pulumi import ${type} NAME ${id}), or remove it first.`);
      }
      await write(registered, id, inputs);
      return { id, outputs: await readOutputs(registered, id) };
    },

    async read({ type, id, inputs, outputs }) {
      const custom = customByToken(type);
      if (custom) {
        const found = await custom.read(id, inputs);
        return found && { id, ...found };
      }
      const registered = byToken(type);
      const resource = await readResource(arm, registered, id);
      if (!resource) return undefined;
      const fresh = toOutputs(registered, resource);
      const schema: TypeSchema = registered.contract.contract.inputs;
      if (Object.keys(inputs).length === 0) {
        const parameters = registered.contract.path.match(id) ?? {};
        const named = Object.fromEntries(Object.entries(parameters).filter(([name]) => name !== 'subscriptionId'));
        return { id, outputs: fresh, inputs: { ...inputsFromOutputs(withIdentityList(fresh), schema), ...named } };
      }
      // Without an earlier reading (a create that was cut off) nothing can have drifted from it.
      if (Object.keys(outputs).length === 0) return { id, outputs: fresh, inputs };
      return { id, outputs: fresh, inputs: projectOntoInputs(inputs, outputs, fresh, schema, registered.contract.contract.definitions) };
    },

    async update({ type, id, inputs }) {
      const custom = customByToken(type);
      if (custom) return custom.update(id, inputs);
      const registered = byToken(type);
      await write(registered, id, inputs);
      return readOutputs(registered, id);
    },

    async delete({ type, id, inputs }) {
      const custom = customByToken(type);
      if (custom) return custom.delete(id, inputs);
      const registered = byToken(type);
      if (registered.row.existence === 'singleton') return reset(registered, id);
      const version = `api-version=${registered.row.apiVersions[0]}`;
      // deleteEmptyServerFarm=false: a plan of its own must not vanish with its last site.
      const extra = registered.row.type.startsWith('Microsoft.Web/sites') ? '&deleteEmptyServerFarm=false' : '';
      const answer = await arm.send('DELETE', `${encodeId(id)}?${version}${extra}`).catch(ignoreMissing);
      if (answer) await settle(answer.headers);
    },

    async locate({ type, inputs }) {
      const custom = customByToken(type);
      const id = custom ? custom.idOf(inputs) : renderId(byToken(type), inputs, options.clientConfig().subscriptionId);
      const found = custom ? await custom.read(id, inputs) : await readResource(arm, byToken(type), id);
      return found && id;
    },

    async invoke(token) {
      if (token === 'azure-native:authorization:getClientConfig') return { ...options.clientConfig() };
      throw notSupportedLocally(`The function ${token}`);
    },
  };

  async function write(registered: RegisteredType, id: string, inputs: JsonObject): Promise<void> {
    const body = registered.contract.toBody(withoutFlags(inputs));
    const answer = await arm.send('PUT', `${encodeId(id)}?api-version=${registered.row.apiVersions[0]}`, body);
    await settle(answer.headers);
  }

  /** A singleton outlives its Pulumi resource: it goes back to what it was before anybody wrote it. */
  async function reset(registered: RegisteredType, id: string): Promise<void> {
    const body = { properties: registered.row.initial ?? {} };
    await arm.send('PUT', `${encodeId(id)}?api-version=${registered.row.apiVersions[0]}`, body).catch(ignoreMissing);
  }

  async function readOutputs(registered: RegisteredType, id: string): Promise<JsonObject> {
    const resource = await readResource(arm, registered, id);
    if (!resource) throw new Error(`'${id}' was written and cannot be read back.`);
    return toOutputs(registered, resource);
  }

  async function settle(headers: Readonly<Record<string, string | string[] | undefined>>): Promise<void> {
    const status = headers['azure-asyncoperation'];
    if (typeof status !== 'string') return;
    const { pathname, search } = new URL(status);
    const deadline = Date.now() + OPERATION_TIMEOUT_MS;
    for (;;) {
      const { body } = await arm.send('GET', pathname + search);
      if (body?.['status'] === 'Succeeded') return;
      if (body?.['status'] === 'Failed' || body?.['status'] === 'Canceled') {
        const error = body['error'] as { code?: string; message?: string } | undefined;
        throw new AzureError(400, error?.code ?? 'OperationFailed', error?.message ?? 'The operation failed.');
      }
      if (Date.now() > deadline) throw new AzureError(504, 'OperationTimedOut', `The operation did not end within ${OPERATION_TIMEOUT_MS} ms.`);
      await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
    }
  }
}

async function readResource(arm: ServiceClient, registered: RegisteredType, id: string): Promise<Resource | undefined> {
  const version = `api-version=${registered.row.apiVersions[0]}`;
  const action = registered.row.readAction;
  const answer = action
    ? await arm.send('POST', `${encodeId(id)}/${action}?${version}`).catch(ignoreMissing)
    : await arm.send('GET', `${encodeId(id)}?${version}`).catch(ignoreMissing);
  if (!answer?.body) return undefined;
  const resource = answer.body as Resource;
  // The real provider reads the site's configuration beside the site: a plain GET shows siteConfig as null.
  if (registered.row.type === 'Microsoft.Web/sites' || registered.row.type === 'Microsoft.Web/sites/slots') {
    const config = await arm.send('GET', `${encodeId(id)}/config/web?${version}`).catch(ignoreMissing);
    if (config?.body) resource.properties['siteConfig'] = config.body['properties'] ?? null;
  }
  return resource;
}

function ignoreMissing(error: unknown): undefined {
  if (error instanceof AzureError && error.status === 404) return undefined;
  throw error;
}

function toOutputs(registered: RegisteredType, resource: Resource): JsonObject {
  return { ...registered.contract.toOutputs(resource), azureApiVersion: registered.row.apiVersions[0] };
}

function renderId(registered: RegisteredType, inputs: JsonObject, subscriptionId: string): string {
  const parameters: Record<string, string> = { subscriptionId };
  for (const name of registered.contract.pathInputs) if (typeof inputs[name] === 'string') parameters[name] = inputs[name];
  return registered.contract.path.render(parameters);
}

/** Ids are paths, and may hold characters that a URL does not. */
function encodeId(id: string): string {
  return id.split('/').map(encodeURIComponent).join('/');
}

function knownIdentity(registered: RegisteredType, inputs: JsonObject): JsonObject {
  const name = inputs[registered.contract.pathInputs.at(-1) ?? ''];
  return { type: registered.row.type, ...(typeof name === 'string' && !isUnknown(name) ? { name } : {}) };
}

function fillName(registered: RegisteredType, logicalName: string, olds: JsonObject | undefined, inputs: JsonObject, seed: Uint8Array): void {
  const chosen = autoname(registered, logicalName, seed);
  if (!chosen || inputs[chosen.input] !== undefined) return;
  const before = olds?.[chosen.input];
  inputs[chosen.input] = typeof before === 'string' ? before : chosen.value;
  if (chosen.random) inputs[CREATE_BEFORE_DELETE] = true;
}

function fillLocation(registered: RegisteredType, inputs: JsonObject, olds: JsonObject | undefined, configuration: ProviderConfiguration, failures: CheckFailure[]): void {
  if (!registered.contract.contract.inputs.properties?.['location'] || inputs['location'] !== undefined) return;
  const location = configuration['location'] ?? olds?.['location'];
  if (typeof location === 'string') inputs['location'] = location;
  else failures.push({ property: 'location', reason: `location is required: give it to the resource, or set it for the stack (pulumi config set azure-native:location REGION).` });
}

function replacingInputs(registered: RegisteredType): string[] {
  return [...registered.contract.pathInputs, 'location', ...(registered.row.replaceOnChange ?? [])];
}

/** Azure writes locations as `westeurope` and as `West Europe`: both are the same place. */
function isSameLocation(change: PropertyChange, before: JsonObject, after: JsonObject): boolean {
  const normal = (value: unknown): string => String(value).replaceAll(' ', '').toLowerCase();
  return change.path === 'location' && change.kind === 'update' && !containsUnknown(after['location']) && normal(before['location']) === normal(after['location']);
}

function withoutFlags(inputs: JsonObject): JsonObject {
  const { [CREATE_BEFORE_DELETE]: _flag, ...rest } = inputs;
  return rest;
}

function dropNulls(inputs: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(inputs).filter(([, value]) => value !== null));
}

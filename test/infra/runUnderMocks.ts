/**
 * Runs the program under Pulumi's mocks and writes what it registers to standard output, as JSON.
 * The mocks are state of the process, so each run has a process of its own: recordProgram.ts starts it.
 */
import * as pulumi from '@pulumi/pulumi';
import type { RegisterResourceRequest } from '@pulumi/pulumi/proto/resource_pb.js';
import { MockMonitor } from '@pulumi/pulumi/runtime/mocks.js';
import { PACKAGE_HOST, SUBSCRIPTION_ID, TENANT_ID, type Outcome, type Registered } from './recordProgram.ts';

/** What the mocked Azure answers: what the program needs of it, and nothing else. */
const OUTPUTS: Readonly<Record<string, (name: string, inputs: Record<string, unknown>) => Record<string, unknown>>> = {
  'azure-native:resources:ResourceGroup': named('resourceGroupName'),
  'azure-native:managedidentity:UserAssignedIdentity': (name, inputs) => ({
    ...named('resourceName')(name, inputs), clientId: 'identity-client-id', principalId: 'identity-principal-id', tenantId: TENANT_ID,
  }),
  'azure-native:operationalinsights:Workspace': named('workspaceName'),
  'azure-native:applicationinsights:Component': (name, inputs) => ({ ...named('resourceName')(name, inputs), connectionString: 'InstrumentationKey=key' }),
  'azure-native:keyvault:Vault': named('vaultName'),
  'azure-native:keyvault:Secret': (name, inputs) => ({
    ...named('secretName')(name, inputs),
    // As the engine has it: outputs that held a secret input are secret as a whole.
    properties: pulumi.secret({ ...(inputs['properties'] as object), secretUri: 'https://vault.example/secrets/mcp-request-state-key' }),
  }),
  'azure-native:storage:StorageAccount': (name, inputs) => ({ ...named('accountName')(name, inputs), primaryEndpoints: { blob: `https://${name}.blob.example/` } }),
  'azure-native:storage:BlobContainerImmutabilityPolicy': () => ({}),
  'azure-native:storage:BlobServiceProperties': () => ({}),
  'azure-native:storage:BlobContainer': named('containerName'),
  'azure-native:storage:Blob': (_name, inputs) => ({ url: `https://${PACKAGE_HOST}/packages/${String(inputs['blobName'])}` }),
  'azure-native:authorization:RoleAssignment': () => ({}),
  'azure-native:authorization:RoleDefinition': () => ({}),
  'azure-native:keyvault:Key': (_name, inputs) => ({ keyUri: `https://vault.example/keys/${String(inputs['keyName'])}` }),
  'azure-native:network:NetworkSecurityGroup': named('networkSecurityGroupName'),
  'azure-native:network:RouteTable': named('routeTableName'),
  'azure-native:network:VirtualNetwork': named('virtualNetworkName'),
  'azure-native:network:PrivateEndpoint': named('privateEndpointName'),
  'azure-native:network:PrivateDnsZoneGroup': () => ({}),
  'azure-native:privatedns:PrivateZone': named('privateZoneName'),
  'azure-native:privatedns:VirtualNetworkLink': () => ({}),
  'azure-native:authorization:ManagementLockByScope': () => ({}),
  'azure-native:monitor:ActionGroup': named('actionGroupName'),
  'azure-native:monitor:AutoscaleSetting': named('autoscaleSettingName'),
  'azure-native:monitor:DiagnosticSetting': () => ({}),
  'azure-native:monitor:MetricAlert': named('ruleName'),
  'azure-native:monitor:ScheduledQueryRule': named('ruleName'),
  'azure-native:applicationinsights:WebTest': named('webTestName'),
  'azure-native:applicationinsights:Workbook': named('resourceName'),
  'azure-native:web:AppServicePlan': named('name'),
  'azure-native:web:WebApp': (name, inputs) => ({ ...named('name')(name, inputs), defaultHostName: 'site.example' }),
  'azure-native:web:WebAppSlot': () => ({ defaultHostName: 'site-staging.example' }),
  'azure-native:web:WebAppFtpAllowed': () => ({}),
  'azure-native:web:WebAppFtpAllowedSlot': () => ({}),
  'azure-native:web:WebAppScmAllowed': () => ({}),
  'azure-native:web:WebAppScmAllowedSlot': () => ({}),
  'azure-native:web:WebAppSlotConfigurationNames': () => ({}),
  'azure-native:web:WebAppApplicationSettings': () => ({}),
  'azure-native:web:WebAppApplicationSettingsSlot': () => ({}),
  'azuread:index/application:Application': () => ({ clientId: 'api-client-id', objectId: 'api-object-id' }),
  'azuread:index/servicePrincipal:ServicePrincipal': () => ({ objectId: 'api-principal-id' }),
  'azuread:index/applicationIdentifierUri:ApplicationIdentifierUri': () => ({}),
  'azuread:index/applicationPreAuthorized:ApplicationPreAuthorized': () => ({}),
  'azuread:index/appRoleAssignment:AppRoleAssignment': () => ({}),
};

/** As azure-native names a top-level resource, with fixed digits. */
function named(nameInput: string) {
  return (name: string, inputs: Record<string, unknown>) => ({ name: (inputs[nameInput] as string | undefined) ?? `${name}1a2b3c4d` });
}

/** How a secret looks between the SDK and the engine. Source: pulumi/pulumi, sdk/go/common/resource/sig. */
const SIGNATURE = '4dabf18193072939515e22adb298388d';
const SECRET = '1b47061264138c4ac30d75fd1eb44270';

function unwrapSecrets(value: unknown, path: readonly string[], secretPaths: string[]): unknown {
  if (Array.isArray(value)) return value.map((item, index) => unwrapSecrets(item, [...path, String(index)], secretPaths));
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  const object = value as Record<string, unknown>;
  if (object[SIGNATURE] === SECRET) {
    secretPaths.push(path.join('.'));
    return unwrapSecrets(object['value'], path, secretPaths);
  }
  return Object.fromEntries(Object.entries(object).map(([key, item]) => [key, unwrapSecrets(item, [...path, key], secretPaths)]));
}

const INVOKES: Readonly<Record<string, Record<string, string>>> = {
  'azure-native:authorization:getClientConfig': { clientId: 'operator', objectId: 'operator', subscriptionId: SUBSCRIPTION_ID, tenantId: TENANT_ID },
  'azuread:index/getClientConfig:getClientConfig': { clientId: 'operator', objectId: 'operator', id: 'operator', tenantId: TENANT_ID },
};

/** URN to `type name`. */
function describeUrn(urn: string): string {
  const [, , types, name] = urn.split('::');
  return `${types?.replace(/^.*\$/, '') ?? ''} ${name ?? ''}`;
}

function valueOf<T>(value: pulumi.Input<T>): Promise<pulumi.Unwrap<T>> {
  return new Promise((resolve) => { pulumi.output(value).apply(resolve); });
}

async function dependenciesOf(options: pulumi.ResourceOptions): Promise<string[]> {
  const given = await (options.dependsOn as pulumi.Input<pulumi.Resource> | Promise<pulumi.Resource[]> | pulumi.Resource[] | undefined);
  const list = given === undefined ? [] : Array.isArray(given) ? given : [given as pulumi.Resource];
  return (await Promise.all(list.map(({ urn }) => valueOf(urn)))).map(describeUrn).sort();
}

/** The aliases are what the SDK has made of the options by the time that the resource is registered. */
async function urnsOf(resource: pulumi.Resource): Promise<Outcome['urns'][number]> {
  const { __aliases: aliases = [] } = resource as unknown as { readonly __aliases?: readonly pulumi.Input<string>[] };
  return { urn: await valueOf(resource.urn), formerUrns: await Promise.all(aliases.map(valueOf<string>)) };
}

type Dependencies = Pick<Registered, 'dependencies' | 'propertyDependencies'>;

/** What depends on what, by `type name`: the SDK sends it to the engine, and hands none of it to mocks. */
function recordDependencies(): ReadonlyMap<string, Dependencies> {
  const recorded = new Map<string, Dependencies>();
  const register = MockMonitor.prototype.registerResource as (this: MockMonitor, request: RegisterResourceRequest, callback: unknown) => Promise<void>;
  MockMonitor.prototype.registerResource = function record(this: MockMonitor, request: RegisterResourceRequest, callback: unknown): Promise<void> {
    const propertyDependencies: Record<string, string[]> = {};
    request.getPropertydependenciesMap().forEach((urns, input) => {
      if (urns.getUrnsList().length > 0) propertyDependencies[input] = urns.getUrnsList().map(describeUrn).sort();
    });
    recorded.set(`${request.getType()} ${request.getName()}`, { dependencies: request.getDependenciesList().map(describeUrn).sort(), propertyDependencies });
    return register.call(this, request, callback);
  };
  return recorded;
}

async function run(stack: string, configuration: Record<string, string>): Promise<Outcome> {
  const resources: Omit<Registered, 'ignoreChanges' | 'retainOnDelete' | 'dependsOn' | keyof Dependencies>[] = [];
  const components: { type: string; name: string; inputs: Record<string, unknown> }[] = [];
  const optionsByName = new Map<string, pulumi.CustomResourceOptions>();
  const dependencies = recordDependencies();
  await pulumi.runtime.setMocks({
    newResource({ type, name, inputs }) {
      const secretInputs: string[] = [];
      const args = unwrapSecrets(inputs, [], secretInputs) as Record<string, unknown>;
      if (type.startsWith('mcp:infra:')) components.push({ type, name, inputs: args });
      if (type === 'pulumi:pulumi:Stack' || type.startsWith('mcp:infra:')) return { id: '', state: args };
      const answer = OUTPUTS[type];
      if (answer === undefined) throw new Error(`The program registered ${type} "${name}", which the mocks do not expect.`);
      const state = { ...args, ...answer(name, args) };
      const id = `${type}/${name}/id`;
      resources.push({ type, name, inputs: args, secretInputs, outputs: { id, ...unwrapSecrets(state, [], []) as object } });
      return { id, state };
    },
    call({ token }) {
      const answer = INVOKES[token];
      if (answer === undefined) throw new Error(`The program called ${token}, which the mocks do not expect.`);
      return answer;
    },
  }, 'mcp-app-service', stack, false);
  pulumi.runtime.setAllConfig(configuration);
  const { program } = await import('../../infra/index.ts');
  const registered: pulumi.Resource[] = [];

  const outputs: Record<string, unknown> = {};
  const secretOutputs: string[] = [];
  await pulumi.runtime.runInPulumiStack(async () => {
    pulumi.runtime.registerStackTransformation(({ resource, type, name, opts }) => {
      registered.push(resource);
      optionsByName.set(`${type} ${name}`, opts);
      return undefined;
    });
    const returned = await program();
    for (const [name, value] of Object.entries(returned) as [string, pulumi.Input<unknown>][]) {
      outputs[name] = await valueOf(value);
      if (await pulumi.isSecret(pulumi.output(value))) secretOutputs.push(name);
    }
    return returned;
  });
  await pulumi.runtime.disconnect();

  return {
    outputs,
    secretOutputs,
    components,
    urns: await Promise.all(registered.map(urnsOf)),
    resources: await Promise.all(resources.map(async (resource) => {
      const options = optionsByName.get(`${resource.type} ${resource.name}`) ?? {};
      return { ...resource, ignoreChanges: options.ignoreChanges ?? [], retainOnDelete: options.retainOnDelete ?? false, dependsOn: await dependenciesOf(options), ...dependencies.get(`${resource.type} ${resource.name}`) ?? { dependencies: [], propertyDependencies: {} } };
    })),
  };
}

const [stack = '', configuration = '{}'] = process.argv.slice(2);
// A refusal rejects the stack's own promises too; the first rejection is the answer.
const answer = (outcome: Outcome | { readonly refused: string; readonly hidesStack: boolean }): void => {
  process.stdout.write(JSON.stringify(outcome), () => process.exit(0));
};
const refuse = (error: unknown): void => {
  answer({ refused: error instanceof Error ? error.message : String(error), hidesStack: pulumi.RunError.isInstance(error) });
};
process.on('unhandledRejection', refuse);
run(stack, JSON.parse(configuration) as Record<string, string>).then(answer, refuse);

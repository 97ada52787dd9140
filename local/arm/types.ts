import type { Principal } from '../entra/types.ts';
import type { Accepted } from './accepted.ts';

/** JSON as ARM carries it. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** A resource as ARM keeps it: the envelope (id, name, type, location, tags, sku, kind, identity) and `properties`. */
export type Resource = JsonObject & { id: string; name: string; type: string; properties: JsonObject };

/** A PUT that has passed the contract. */
export interface PutRequest {
  readonly id: string;
  /** Values of the path template, by the input names of azure-native (`name`, `slot`, `vaultName`, …). */
  readonly parameters: Readonly<Record<string, string>>;
  readonly body: JsonObject;
  /** The resource before the PUT. */
  readonly existing: Resource | undefined;
  readonly principal: Principal;
}

export type ReadAnswer = Json | Accepted;
export type ActionAnswer = ReadAnswer | undefined;

/** What a service adds to the generic life cycle of its resource types. All are optional; all may be async. */
export interface ResourceBehaviour {
  /** Refuses, by throwing AzureError, what the contract alone cannot judge. Nothing has changed yet. */
  validate?(request: PutRequest): void | Promise<void>;
  /**
   * Fills in what Azure fills in: defaults of absent properties and read-only values.
   * Called before the resource is stored; the draft may be changed in place. Pure but for identifiers drawn at first creation.
   */
  complete?(draft: Resource, request: PutRequest): void | Promise<void>;
  /** Brings about what the resource stands for. Runs within the operation, after storing; safe to repeat after a crash. */
  provision?(resource: Resource, previous: Resource | undefined): void | Promise<void>;
  /**
   * Refuses, by throwing AzureError, that the resource goes. Nothing has gone yet, also of what is below and above it.
   * @param removedId id of the resource whose removal takes this one along, or its own
   */
  judgeRemoval?(resource: Resource, removedId: string): void | Promise<void>;
  /** Undoes `provision`. Runs before the resource leaves the store; safe to repeat. */
  remove?(resource: Resource): void | Promise<void>;
  /** The resource as GET shows it, for instance without secret values or with live state. Default: as stored. */
  present?(resource: Resource): Resource;
  /**
   * POST actions, by path below the resource (`restart`, `list`, `listKeys`). The answer is the body; undefined is 200 without a body, Accepted is 202.
   */
  readonly actions?: Readonly<Record<string, (resource: Resource, body: Json | undefined) => ActionAnswer | Promise<ActionAnswer>>>;
  /**
   * GET paths below the resource that are no resources themselves (`instances`, `config/configreferences/appsettings`). A segment in braces stands for any
   * one (`instances/{instanceId}`) and is handed over by its name.
   */
  readonly reads?: Readonly<Record<string, (resource: Resource, segments: Readonly<Record<string, string>>) => ReadAnswer | Promise<ReadAnswer>>>;
}

/** One resource type of the local ARM. The same row maps azure-native's inputs to the REST path and body. */
export interface ResourceType {
  /** `Microsoft.Web/sites/slots` */
  readonly type: string;
  /** Token of azure-native without the package, `web:WebAppSlot`. */
  readonly token: string;
  /**
   * REST path with azure-native's input names in braces, for instance
   * `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Web/sites/{name}/slots/{slot}`.
   * `{scope}` and `{resourceUri}` stand for the id of any resource.
   */
  readonly path: string;
  /** Accepted api-versions; the first is what the pinned azure-native sends. */
  readonly apiVersions: readonly [string, ...string[]];
  /** Input names that stand at body level; every other input stands under `properties`. */
  readonly envelope: readonly string[];
  /** Where the input is not called as the body calls it: input name → body name. */
  readonly renames?: Readonly<Record<string, string>>;
  /** Objects inside of it that keep what they say under `properties` of their own, by their name in azure-native's declarations: `network.SubnetArgs` → what stands beside. */
  readonly nestedEnvelopes?: Readonly<Record<string, readonly string[]>>;
  /** Dotted paths of inputs whose enumeration in azure-native is that of another API of the same name; what is allowed, the row's behaviour says. */
  readonly openEnumerations?: readonly string[];
  /** Inputs of the path that the body has to repeat: input name → name under `properties`. */
  readonly repeatedInBody?: Readonly<Record<string, string>>;
  /** Inputs that azure-native keeps under a `properties` input of their own (Vault, Secret, settings dictionaries). */
  readonly propertiesInput?: boolean;
  /** Of those: outputs stand at the top all the same (Key). */
  readonly flatOutputs?: boolean;
  /**
   * `created`: PUT makes it, DELETE removes it.
   * `singleton`: exists as long as its parent does; delete resets it to `initial`.
   */
  readonly existence: 'created' | 'singleton';
  /** Properties of a singleton that nobody has written yet. */
  readonly initial?: JsonObject;
  /** Whether PUT and DELETE answer 201/202 with Azure-AsyncOperation/Location, to be polled. */
  readonly asynchronous?: { readonly put?: boolean; readonly delete?: boolean };
  /** GET is refused, as on real ARM; reading goes through the POST action named here (`list` of appsettings). */
  readonly readAction?: string;
  /** Inputs whose change replaces the resource, beside the path's own names (azure-native's behaviour). */
  readonly replaceOnChange?: readonly string[];
  /** What an exported template has of it, where that is not simply what GET shows: nothing, or as the rule says. */
  readonly template?: 'left out' | TemplateRule;
  readonly behaviour?: ResourceBehaviour;
}

/** How a resource stands in an exported template. */
export interface TemplateRule {
  /** The resource without what Azure exports in another place, or not at all. */
  narrow?(resource: Resource): Resource;
  /** Names of `reads` whose answers are resources of the template as well (`config/web`). */
  readonly further?: readonly string[];
}

/** A path of ARM that is no resource of this subscription's groups, for instance the list of soft-deleted vaults. */
export interface ArmExtension {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Path template, as in ResourceType. */
  readonly path: string;
  readonly apiVersions: readonly string[];
  /** Action that the caller needs on the subscription. */
  readonly action: string;
  /** @returns the body; undefined is 202 without one */
  handle(parameters: Readonly<Record<string, string>>): Json | undefined;
}

/** What other services may ask of ARM, in process. */
export interface Arm {
  register(type: ResourceType): void;
  /** A resource by id, compared without case. */
  get(id: string): Resource | undefined;
  /** Type of the resource that stands at an id, singletons that nobody has written included; undefined when there is none. */
  typeOf(id: string): string | undefined;
  /** All resources of a type, optionally below an id. */
  list(type: string, below?: string): Resource[];
  /** Changes stored read-only state (for instance a state or a status), durably. @returns the changed resource; undefined when it is gone */
  update(id: string, change: (resource: Resource) => void): Resource | undefined;
  readonly authorizer: Authorizer;
}

/** Judges role assignments: who may do what, where. Source: learn.microsoft.com, "What is Azure RBAC?". */
export interface Authorizer {
  /**
   * @param principalId object id of a service principal or user
   * @param action control-plane action or data action, `Microsoft.KeyVault/vaults/secrets/getSecret/action`
   * @param scope id of the resource acted on; assignments at any scope above it count
   */
  isAllowed(principalId: string, action: string, scope: string, plane: 'control' | 'data'): boolean;
}

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const SUBSCRIPTION_ID = '00000000-0000-4000-8000-00000000000a';
export const TENANT_ID = '00000000-0000-4000-8000-00000000000b';
export const PACKAGE_HOST = 'packages.example';

/** A resource as the program registered it. */
export interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Paths of the inputs that Pulumi encrypts in the state, for instance `properties`. */
  readonly secretInputs: readonly string[];
  readonly ignoreChanges: readonly string[];
  readonly retainOnDelete: boolean;
  /** What it explicitly depends on, as `type name`. */
  readonly dependsOn: readonly string[];
  /** All that it depends on, as `type name`, by an input or because the program says so. */
  readonly dependencies: readonly string[];
  /** For each input, the resources whose outputs went into it, as `type name`. */
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
  /** Inputs and what the mocked Azure answers beside them. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

export interface Outcome {
  readonly resources: readonly Registered[];
  /** The components that group them, with what they hand over as inputs. */
  readonly components: readonly Pick<Registered, 'type' | 'name' | 'inputs'>[];
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Names of the outputs that Pulumi would encrypt. */
  readonly secretOutputs: readonly string[];
  /** By what the engine knows each resource and component, and by what it knew it before: those that its aliases name. */
  readonly urns: readonly { readonly urn: string; readonly formerUrns: readonly string[] }[];
}

export interface Recording extends Outcome {
  all(type: string): readonly Registered[];
  /** The only resource of a type. */
  only(type: string): Registered;
}

/** The program stopped before it registered its resources. */
export class Refusal extends Error {
  /** Whether Pulumi prints it without a stack trace. */
  readonly hidesStack: boolean;
  constructor(message: string, hidesStack: boolean) {
    super(message);
    this.hidesStack = hidesStack;
  }
}

/**
 * Runs the program under Pulumi's mocks, in a process of its own, and returns what it registers.
 * A resource or call that the mocks do not expect throws.
 * @param stack name of the stack
 * @param configuration configuration of the stack, with namespaces
 * @throws Refusal when the program stops
 */
export async function recordProgram(stack: string, configuration: Readonly<Record<string, string>>): Promise<Recording> {
  const child = fileURLToPath(new URL('runUnderMocks.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [child, stack, JSON.stringify(configuration)], { maxBuffer: 16 * 1024 * 1024 });
  const outcome = JSON.parse(stdout) as Outcome | { readonly refused: string; readonly hidesStack: boolean };
  if ('refused' in outcome) throw new Refusal(outcome.refused, outcome.hidesStack);
  const all = (type: string): readonly Registered[] => outcome.resources.filter((resource) => resource.type === type);
  return {
    ...outcome,
    all,
    only(type) {
      const [first, ...others] = all(type);
      if (first === undefined || others.length > 0) throw new Error(`Of type ${type}, ${all(type).length} resources were registered; expected one.`);
      return first;
    },
  };
}

import * as proxy from '@pulumi/policy/proxy.js';
import type { JudgedResource, StackResource } from '../../policy/rule.ts';

/** The SDK exports the function, and leaves it out of its declarations. */
const { unknownCheckingProxy } = proxy as unknown as { unknownCheckingProxy: <T>(props: T) => T };

/** A boolean that a preview does not know, as the engine sends it. Source: pulumi/pulumi, sdk/go/common/resource/plugin, UnknownBoolValue. */
export const UNKNOWN_BOOLEAN = '1c4a061d-8072-4f0a-a4cb-0ff528b18fe7';
export const UNKNOWN_STRING = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';
export const STACK = 'staging';

/** A resource as Pulumi hands it to a rule: reading an unknown value throws. */
export function resourceOf(type: string, props: Readonly<Record<string, unknown>>, name = 'app'): JudgedResource {
  return { type, name, urn: urnOf(type, name), props: unknownCheckingProxy({ ...props }) };
}

/** A resource of a stack, as a test writes it down. */
export interface Part {
  readonly type: string;
  readonly name: string;
  readonly props: Readonly<Record<string, unknown>>;
  /** For each input, the names of the resources that it was made from; under `dependsOn` others that it depends on. */
  readonly madeFrom: Readonly<Record<string, readonly string[]>>;
}

export function part(type: string, name: string, props: Readonly<Record<string, unknown>> = {}, madeFrom: Part['madeFrom'] = {}): Part {
  return { type, name, props, madeFrom };
}

/** A stack as Pulumi hands it to a rule. */
export function stackOf(parts: readonly Part[]): readonly StackResource[] {
  const urns = new Map(parts.map(({ type, name }) => [name, urnOf(type, name)]));
  const referTo = (names: readonly string[]): { urn: string }[] => names.map((of) => ({ urn: urns.get(of) ?? `no ${of}` }));
  return parts.map(({ type, name, props, madeFrom }) => ({
    ...resourceOf(type, props, name),
    dependencies: referTo(Object.values(madeFrom).flat()),
    propertyDependencies: Object.fromEntries(Object.entries(madeFrom).map(([input, names]) => [input, referTo(names)])),
  }));
}

function urnOf(type: string, name: string): string {
  return `urn:pulumi:${STACK}::mcp-app-service::${type}::${name}`;
}

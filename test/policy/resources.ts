import * as policySdk from '@pulumi/policy';
import type { JudgedResource } from '../../policy/rule.ts';

/** The SDK exports the function, and leaves it out of its declarations. */
const { unknownCheckingProxy } = policySdk as unknown as { unknownCheckingProxy: <T>(props: T) => T };

/** A boolean that a preview does not know, as the engine sends it. Source: pulumi/pulumi, sdk/go/common/resource/plugin, UnknownBoolValue. */
export const UNKNOWN_BOOLEAN = '1c4a061d-8072-4f0a-a4cb-0ff528b18fe7';
export const UNKNOWN_STRING = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

/** A resource as Pulumi hands it to a rule: reading an unknown value throws. */
export function resourceOf(type: string, props: Readonly<Record<string, unknown>>): JudgedResource {
  return { type, name: 'app', props: unknownCheckingProxy({ ...props }) };
}

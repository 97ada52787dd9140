import { CommandError } from '../../commandError.ts';
import type { EngineEvent, ResourceState } from '../engine/eventLog.ts';
import type { StateResource } from '../engine/state.ts';

/** What Azure has of a stack. */
export interface LiveResources {
  /** Inputs and outputs as they are now; what was made from what as the state says, which Azure does not know. */
  readonly resources: readonly StateResource[];
  /** URNs of what is there no longer. */
  readonly missing: readonly string[];
}

/**
 * Joins a state with what the providers read for it in `pulumi refresh --preview-only`, which changes neither state nor resources.
 * @param events of that run, to its end
 * @throws CommandError POLICY_LIVE_INCOMPLETE when a resource was not read: what is not known must not count as unchanged
 */
export function liveResources(state: readonly StateResource[], events: readonly EngineEvent[]): LiveResources {
  const read = new Map<string, ResourceState | undefined>();
  for (const { resOutputsEvent } of events) if (resOutputsEvent) read.set(resOutputsEvent.metadata.urn, resOutputsEvent.metadata.op === 'delete' ? undefined : (resOutputsEvent.metadata.new ?? undefined));
  const unread = state.filter(({ urn }) => !read.has(urn));
  if (unread.length > 0) throw new CommandError('POLICY_LIVE_INCOMPLETE', `Of ${state.length} resources the engine did not read ${unread.length}, first ${unread[0]?.urn ?? ''}. The stack may have been updated meanwhile: make the report again.`);
  const resources = state.flatMap((resource) => {
    const now = read.get(resource.urn);
    return now === undefined ? [] : [{ ...resource, id: now.id ?? resource.id, inputs: now.inputs ?? {}, outputs: now.outputs ?? {} }];
  });
  return { resources, missing: state.filter(({ urn }) => read.get(urn) === undefined).map(({ urn }) => urn) };
}

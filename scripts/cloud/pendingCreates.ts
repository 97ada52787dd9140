import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { StackName } from '../arguments.ts';
import type { ControlClient } from './controlClient.ts';
import type { LocalFolders } from './folders.ts';
import type { PulumiRunner } from './pulumi.ts';

const resourceSchema = z.looseObject({ urn: z.string(), type: z.string(), custom: z.boolean().optional(), inputs: z.record(z.string(), z.json()).optional() });
const stateSchema = z.looseObject({
  deployment: z.looseObject({
    resources: z.array(z.looseObject({ urn: z.string() })).nullish(),
    pending_operations: z.array(z.looseObject({ type: z.string(), resource: resourceSchema })).nullish(),
  }),
});
export type StackState = z.infer<typeof stateSchema>;
export type PendingCreate = z.infer<typeof resourceSchema>;

/** The creates whose outcome a killed engine never learned. A component is none: nothing but the state knows it, and the next update registers it anew. */
export function pendingCreatesOf(state: StackState): PendingCreate[] {
  return (state.deployment.pending_operations ?? []).filter((operation) => isCreate(operation) && operation.resource.custom !== false).map(({ resource }) => resource);
}

function isCreate({ type }: { readonly type: string }): boolean {
  return type === 'creating';
}

/**
 * The state with every undecided create decided: one that came about is a resource of the stack, with the id it has; one that did not is dropped.
 * Its parents and what it depends on stood before it was tried, so it comes last.
 * @param ids id of what came about, by URN
 */
export function settleCreates(state: StackState, ids: ReadonlyMap<string, string>): StackState {
  const resources = [...(state.deployment.resources ?? [])];
  for (const create of pendingCreatesOf(state)) {
    const id = ids.get(create.urn);
    // A resource that was being replaced stands under the same URN: its successor is left to the next update.
    if (id !== undefined && !resources.some(({ urn }) => urn === create.urn)) resources.push({ ...create, id, outputs: {} });
  }
  const others = (state.deployment.pending_operations ?? []).filter((operation) => !isCreate(operation));
  return { ...state, deployment: { ...state.deployment, resources, pending_operations: others } };
}

/**
 * Settles the creates that a killed engine left undecided, so that the next update neither meets its own resources nor leaves them behind.
 * The engine's own flag for it (`pulumi refresh --import-pending-creates`) marks them and then drops them, as of 3.210.
 * @returns how many creates were undecided
 */
export async function settlePendingCreates(folders: LocalFolders, pulumi: PulumiRunner, control: Pick<ControlClient, 'locate'>, stack: StackName): Promise<number> {
  const state = stateSchema.parse(JSON.parse(await pulumi.run(['stack', 'export', '--stack', stack])));
  if (!(state.deployment.pending_operations ?? []).some(isCreate)) return 0;
  const creates = pendingCreatesOf(state);
  const ids = new Map<string, string>();
  for (const { urn, type, inputs } of creates) {
    const id = await control.locate(type, inputs ?? {});
    if (id !== undefined) ids.set(urn, id);
  }
  const folder = mkdtempSync(join(folders.root, 'state-'));
  try {
    const file = join(folder, 'state.json');
    // Secrets stand in an exported state as ciphertext.
    writeFileSync(file, JSON.stringify(settleCreates(state, ids)), { mode: 0o600 });
    await pulumi.run(['stack', 'import', '--stack', stack, '--file', file]);
  } finally {
    rmSync(folder, { recursive: true });
  }
  // Reads the outputs of what was taken in.
  await pulumi.run(['refresh', '--yes', '--skip-preview', '--non-interactive', '--stack', stack]);
  return creates.length;
}

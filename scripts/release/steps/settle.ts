import { z } from 'zod';
import { PROJECT } from '../../../infra/config.ts';
import { CommandError } from '../../commandError.ts';
import type { PulumiRunner } from '../../cloud/pulumi.ts';
import type { Gate } from '../gate.ts';
import { shortDigest } from '../package.ts';
import { writePin } from '../pin.ts';
import type { Session } from '../session.ts';
import type { ReleaseTarget } from '../target.ts';

/** The settings of both slots in the state of the stack: infra/components/appSettings.ts. A swap changes them behind the engine's back. */
export function settingsUrns(stack: string): string[] {
  return ['WebAppApplicationSettings::production', 'WebAppApplicationSettingsSlot::staging'].map((name) => `urn:pulumi:${stack}::${PROJECT}::mcp:infra:AppSettings$azure-native:web:${name}`);
}

/** Reads both slots' settings into the state. */
export async function refreshSettings({ pulumi, stack }: Pick<ReleaseTarget, 'pulumi' | 'stack'>): Promise<void> {
  await pulumi.run(['refresh', '--yes', '--skip-preview', '--non-interactive', '--color', 'never', '--stack', stack, ...settingsUrns(stack).flatMap((urn) => ['--target', urn])]);
}

/**
 * Has the state of the stack follow what ARM says after a swap: reads both settings resources anew, pins the staging slot's package, and proves that a preview shows no changes.
 * Each part may be done again.
 * @returns the gate of the preview
 */
export async function settle(session: Session): Promise<Gate> {
  const { target, slots } = session.parts;
  const { pulumi, stack, settingsFile } = target;
  await session.step('refresh', { running: 'Reading the settings of both slots into the state', done: 'The state has what ARM has' }, async (update) => {
    await session.parts.awaitEngine(update);
    await refreshSettings(target);
  });
  const pinned = await session.step('pin', { running: 'Pinning the staging slot', done: (name) => `The staging slot is pinned to ${shortDigest(name?.split('/').at(-1))}` }, async () => {
    const { staging } = (await slots.facts()).slots;
    writePin(settingsFile, staging?.name);
    return staging?.name;
  });
  if (!target.isLocal && pinned !== undefined) session.notices.push(`Pulumi.${stack}.yaml pins the staging slot to ${pinned}. Commit it, so that the next "pulumi up" from another checkout finds the stack as it is.`);
  const gate = await session.step('preview', { running: 'Proving that a preview shows no changes', done: ({ pass }) => (pass ? 'A preview shows no changes' : 'A preview shows changes') }, () => previewGate(pulumi, stack));
  await session.note('preview', [gate]);
  return gate;
}

const previewSchema = z.looseObject({ steps: z.array(z.looseObject({ op: z.string(), urn: z.string() })).nullish(), changeSummary: z.record(z.string(), z.number()).nullish() });

/** `pulumi preview --expect-no-changes` with the pack, as a gate. */
export async function previewGate(pulumi: PulumiRunner, stack: string): Promise<Gate> {
  const named = { name: 'preview-without-changes', limit: 0 };
  try {
    await pulumi.run(['preview', '--expect-no-changes', '--non-interactive', '--color', 'never', '--json', '--stack', stack]);
    return { ...named, measured: 0, pass: true, details: [] };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const changes = changesOf(error.message);
    return { ...named, measured: changes?.length ?? 'failed', pass: false, details: changes ?? error.message.split('\n').slice(0, 20) };
  }
}

/** Changes in the JSON of a preview, which stands among the other lines that the engine printed; undefined when there is none. */
export function changesOf(printed: string): string[] | undefined {
  const start = printed.indexOf('\n{');
  const end = printed.lastIndexOf('\n}');
  if (start < 0 || end < start) return undefined;
  try {
    const { steps } = previewSchema.parse(JSON.parse(printed.slice(start, end + 2)));
    return (steps ?? []).filter(({ op }) => op !== 'same').map(({ op, urn }) => `${op} ${urn.split('::').slice(2).join('::')}`);
  } catch {
    return undefined;
  }
}

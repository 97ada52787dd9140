import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { PROJECT } from '../../../infra/config.ts';
import { typeKeyOf } from '../../../policy/typeKey.ts';
import { recordProgram } from '../../infra/recordProgram.ts';

/** A resource as the pack gets to see it: its inputs before the change, what stands after it, and what it was made from. */
export interface Judged {
  readonly key: string;
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Inputs and what Azure answers. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** What Azure answers alone. */
  readonly answered: Readonly<Record<string, unknown>>;
  /** As `type name`. */
  readonly dependencies: readonly string[];
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
}

/** The settings that a stack ships with, as Pulumi hands them over. */
function settingsOf(stack: string): Record<string, string> {
  const file = parse(readFileSync(new URL(`../../../Pulumi.${stack}.yaml`, import.meta.url), 'utf8')) as { config: Record<string, unknown> };
  return Object.fromEntries(Object.entries(file.config).map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]));
}

/** Settings beside those of prod, so that every part of the program is there to be judged. */
const MORE = {
  roleAssignments: JSON.stringify({ whoami: ['11111111-2222-3333-4444-555555555555'] }),
  alertEmails: '["on-call@example.com"]',
  allowedOrigins: '["https://inspector.example.com"]',
  allowedFrontDoorId: '33333333-2222-3333-4444-555555555555',
  allowedInboundCidrs: '["203.0.113.0/24"]',
};

/**
 * What the program registers.
 * @param kind `staging`: as it ships. `prod`: as it ships, with the parts that only other settings bring. `fixed`: the same without autoscale
 */
export async function recordJudged(kind: 'staging' | 'prod' | 'fixed'): Promise<readonly Judged[]> {
  const stack = kind === 'staging' ? 'staging' : 'prod';
  const shipped = settingsOf(stack);
  const more = kind === 'staging' ? {} : Object.fromEntries(Object.entries(MORE).map(([name, value]) => [`${PROJECT}:${name}`, value]));
  const recording = await recordProgram(stack, { ...shipped, ...more, ...(kind === 'fixed' ? { [`${PROJECT}:maxInstances`]: shipped[`${PROJECT}:instances`] ?? '' } : {}) });
  return [
    ...recording.resources.map(({ type, name, inputs, outputs, dependencies, propertyDependencies }) => ({
      key: typeKeyOf(type), type, name, inputs, outputs, dependencies, propertyDependencies,
      answered: Object.fromEntries(Object.entries(outputs).filter(([output, value]) => JSON.stringify(inputs[output]) !== JSON.stringify(value))),
    })),
    // Components hand over values that every preview knows, as inputs and as outputs.
    ...recording.components.map(({ type, name, inputs }) => ({ key: typeKeyOf(type), type, name, inputs, outputs: inputs, answered: {}, dependencies: [], propertyDependencies: {} })),
  ];
}

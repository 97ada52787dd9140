import { readFileSync } from 'node:fs';
import { startPack, type LEVELS, type PackConfig, type PackProcess, type StackPart } from '../packProcess.ts';
import type { Judged } from './judgedStack.ts';

/** A finding as the engine gets it. */
export interface Reported {
  readonly rule: string;
  readonly urn: string;
  readonly level: number;
  readonly message: string;
}

/** The shipped pack, served as the engine runs it, with the levels of a stack. */
export interface ServedPack {
  /** What rules on single resources make of a resource, before the change. */
  judge(resource: Judged): Promise<readonly Reported[]>;
  /** What rules on the whole stack make of it. */
  judgeStack(stack: readonly Judged[]): Promise<readonly Reported[]>;
  close(): Promise<void>;
}

export function urnOf({ type, name }: Pick<Judged, 'type' | 'name'>, stack = 'prod'): string {
  return `urn:pulumi:${stack}::mcp-app-service::${type}::${name}`;
}

/** Levels and settings of the stack, as the engine reads them from the file. */
export function configurationOf(stack: string): PackConfig {
  const file = JSON.parse(readFileSync(new URL(`../../../policy/config/${stack}.json`, import.meta.url), 'utf8')) as Record<string, string | Record<string, string | number>>;
  return Object.fromEntries(Object.entries(file).map(([name, given]): [string, PackConfig[string]] => {
    if (name === 'groups') return [name, { properties: given as Record<string, string> }];
    const { enforcementLevel, ...properties } = typeof given === 'string' ? { enforcementLevel: given } : given;
    return [name, { level: enforcementLevel as keyof typeof LEVELS, properties }];
  }));
}

export async function serveFor(stack: 'staging' | 'prod'): Promise<ServedPack> {
  const pack: PackProcess = await startPack(undefined, stack);
  await pack.configure(configurationOf(stack));
  const reported = ({ diagnosticsList }: Awaited<ReturnType<PackProcess['analyze']>>, urn?: string): readonly Reported[] =>
    diagnosticsList.map(({ policyname, urn: about, enforcementlevel, message }) => ({ rule: policyname, urn: urn ?? about, level: enforcementlevel, message }));
  return {
    judge: async (resource) => reported(await pack.analyze(resource.type, resource.inputs as never, resource.name), urnOf(resource, stack)),
    judgeStack: async (resources) => reported(await pack.analyzeStack(resources.map(({ type, name, outputs, propertyDependencies, dependencies }): StackPart => ({ type, name, props: outputs as never, madeFrom: propertyDependencies, dependsOn: dependencies })))),
    close: () => pack.close(),
  };
}

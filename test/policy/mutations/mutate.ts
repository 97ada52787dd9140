import { isMeant, leavesOf, withValue } from './leaves.ts';
import type { Judged } from './judgedStack.ts';
import type { Leaf, Mutation } from './mutation.ts';

/** One mutation of one place. */
export interface Mutant {
  readonly mutation: Mutation;
  /** What was mutated: a type, a name and, unless it is the resource as a whole, a path. */
  readonly key: string;
  readonly name: string;
  readonly path: string | undefined;
  /** The mutated resource; undefined when it is gone. */
  readonly resource: Judged | undefined;
  readonly stack: readonly Judged[];
}

/** Every mutant that a mutation makes of a stack: one for each place that it is about. */
export function mutantsOf(mutation: Mutation, stack: readonly Judged[]): readonly Mutant[] {
  const { change } = mutation;
  if (change.kind === 'made') {
    const { type, name, inputs } = change;
    const resource = { key: type.replace('azure-native:', ''), type, name, inputs, outputs: inputs, answered: {}, dependencies: [], propertyDependencies: {} };
    return [{ mutation, key: resource.key, name, path: undefined, resource, stack: [...stack, resource] }];
  }
  return stack.filter(({ key, name }) => (change.on.includes('*') || change.on.includes(key)) && change.named?.test(name) !== false).flatMap((original): readonly Mutant[] => {
    const of = { mutation, key: original.key, name: original.name };
    const replaced = (resource: Judged): readonly Judged[] => stack.map((one) => (one === original ? resource : one));
    if (change.kind === 'deleted') return [{ ...of, path: undefined, resource: undefined, stack: stack.filter((one) => one !== original) }];
    if (change.kind === 'added') {
      const resource = changed(original, change.path, change.value, false);
      return [{ ...of, path: change.path, resource, stack: replaced(resource) }];
    }
    const leaves = leavesOf(original.inputs).filter((leaf) => isMeant(change, original, leaf));
    const valueFor = ({ value }: Leaf): unknown => (change.kind === 'omitted' ? undefined : typeof change.to === 'function' ? change.to(value) : change.to);
    if (change.kind === 'to' && change.together === true) {
      const resource = leaves.reduce((mutated, leaf) => changed(mutated, leaf.path, valueFor(leaf), false), original);
      return leaves.length === 0 ? [] : [{ ...of, path: change.path, resource, stack: replaced(resource) }];
    }
    return leaves.map((leaf) => {
      const mutated = changed(original, leaf.path, valueFor(leaf), mutation.drift === true);
      const resource = change.kind === 'foreign' ? withoutSource(mutated, original, leaf.path, leaf.value, stack) : mutated;
      return { ...of, path: leaf.path, resource, stack: replaced(resource) };
    });
  });
}

function changed(original: Judged, path: string, value: unknown, inOutputsOnly: boolean): Judged {
  const before = leavesOf(original.inputs).find((leaf) => leaf.path === path)?.value;
  // The name that Azure answers with is the one that it was given.
  const echoed = typeof value === 'string' && typeof before === 'string' ? Object.entries(original.answered).filter(([, answer]) => answer === before).map(([name]) => [name, value]) : [];
  return { ...original, inputs: inOutputsOnly ? original.inputs : withValue(original.inputs, path, value), outputs: { ...withValue(original.outputs, path, value), ...Object.fromEntries(echoed) as object } };
}

/** Takes the resource whose output the value was made from out of the dependencies of the input, unless another value of the same input was made from it as well. */
function withoutSource(mutated: Judged, original: Judged, path: string, value: unknown, stack: readonly Judged[]): Judged {
  const input = /^[^.[]+/.exec(path)?.[0] ?? '';
  const sources = (original.propertyDependencies[input] ?? []).map((reference) => ({ reference, texts: textsOf(stack.find(({ type, name }) => `${type} ${name}` === reference)) }));
  const isFrom = (text: unknown, texts: readonly string[]): boolean => texts.some((one) => String(text).toLowerCase().includes(one.toLowerCase()));
  const source = sources.filter(({ texts }) => isFrom(value, texts));
  if (source.length === 0) throw new Error(`${original.type} ${original.name}, ${path}: no output of another resource went into it. Mutate it by "to".`);
  const left = leavesOf(mutated.inputs[input]).map((leaf) => leaf.value);
  const gone = source.filter(({ texts }) => !left.some((other) => isFrom(other, texts))).map(({ reference }) => reference);
  return {
    ...mutated,
    propertyDependencies: { ...mutated.propertyDependencies, [input]: (mutated.propertyDependencies[input] ?? []).filter((reference) => !gone.includes(reference)) },
    dependencies: mutated.dependencies.filter((reference) => !gone.includes(reference)),
  };
}

/** What a resource answers, as it may stand inside of another's input. */
function textsOf(resource: Judged | undefined): readonly string[] {
  return leavesOf(resource?.answered ?? {}).map(({ value }) => String(value).replace(/\/$/, '')).filter((text) => text.length > 3);
}

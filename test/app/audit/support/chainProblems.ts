import { hash } from 'node:crypto';
import type { MemoryStore } from './memoryStore.ts';

/** What is wrong with the chain of the stored stream: written apart from the code that writes it. */
export function chainProblems(store: MemoryStore, prefix = 'calls/'): string[] {
  const texts = [...store.blobs.entries()].filter(([name]) => name.startsWith(prefix)).sort(([left], [right]) => (left < right ? -1 : 1)).map(([, text]) => text);
  const problems: string[] = [];
  let previous = '0'.repeat(64);
  texts.join('').split('\n').slice(0, -1).forEach((line, index) => {
    const { seq, prev } = JSON.parse(line) as { seq: number; prev: string };
    if (seq !== index) problems.push(`line ${index} has seq ${seq}`);
    if (prev !== previous) problems.push(`line ${index} does not follow the one before`);
    previous = hash('sha256', line);
  });
  return problems;
}
